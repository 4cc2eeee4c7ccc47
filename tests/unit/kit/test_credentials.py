"""A process starts with the credentials that live longest."""

from pathlib import Path

import pytest

from ironbull_kit import credentials, nats_jwt


def _creds(path: Path, expires_at: int | None) -> str:
    account, user = nats_jwt.new_seed(nats_jwt.ACCOUNT), nats_jwt.new_seed(nats_jwt.USER)
    jwt = nats_jwt.sign(account, nats_jwt.public_key(user), "one", {}, 0, expires_at)
    text = nats_jwt.credentials(jwt, user)
    path.write_text(text)
    return text


def test_the_first_start_takes_what_the_secret_holds(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    text = _creds(source, 100)
    credentials.take_longer_lived(source, target)
    assert target.read_text() == text
    assert target.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("ours", "theirs", "taken"), [(200, 100, False), (100, 200, True)])
def test_the_longer_lived_wins(tmp_path: Path, ours: int, theirs: int, taken: bool) -> None:  # noqa: FBT001
    source, target = tmp_path / "source", tmp_path / "target"
    wanted = {False: _creds(target, ours), True: _creds(source, theirs)}
    credentials.take_longer_lived(source, target)
    assert target.read_text() == wanted[taken]


def test_without_a_source_nothing_changes(tmp_path: Path) -> None:
    credentials.take_longer_lived(None, tmp_path / "target")
    assert not (tmp_path / "target").exists()
