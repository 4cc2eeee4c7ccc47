from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from ironbull_kit import logs, secret
from ironbull_kit.secret import MASK, Secret
from ironbull_kit.settings import SecretFile, SecretText, Settings
from ironbull_messages.problems import Code, Problem


class Example(Settings):
    url: Annotated[SecretText, Field(alias="IRONBULL_DATABASE_URL")]
    token: Annotated[SecretFile | None, Field(alias="IRONBULL_STAFF_TOKEN")] = None
    port: Annotated[int, Field(alias="IRONBULL_MERCHANT_PORT", ge=0, le=65_535)] = 0


def test_settings_come_from_the_environment_and_secrets_from_files(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("t0ken\n")

    read = Example.read(
        {"IRONBULL_DATABASE_URL": "url", "IRONBULL_STAFF_TOKEN": str(file), "PATH": "/bin"}
    )

    assert read.url == Secret("url")
    assert read.token == Secret("t0ken")
    assert "t0ken" not in repr(read)


def test_each_missing_or_wrong_variable_is_named_and_no_secret_shown() -> None:
    with pytest.raises(Problem) as caught:
        Example.read({"IRONBULL_MERCHANT_PORT": "70000", "IRONBULL_DATABASE_URL": ""})

    assert caught.value.code is Code.SETTING_INVALID
    assert {error.field for error in caught.value.errors} == {
        "IRONBULL_DATABASE_URL",
        "IRONBULL_MERCHANT_PORT",
    }


@pytest.mark.parametrize("content", [b"", b"\n", "schlüssel".encode(), b"x" * 20_000])
def test_a_secret_file_without_a_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)

    with pytest.raises(Problem, match="setting_invalid"):
        secret.read(file)


def test_logs_mask_secrets_by_type_and_by_name() -> None:
    event = logs.mask(None, "", {"event": "x", "a": Secret("s"), "api_secret": "s", "id": "1"})

    assert event == {"event": "x", "a": MASK, "api_secret": MASK, "id": "1"}
