"""Whatever is given wrongly is told with a stable code and a way out, and nothing half-written."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fixtures import local_stack
from fixtures.local_stack import DOCUMENTS, LocalStack, Signing, ironbull

from ironbull_messages.problems import PROBLEMS, Code

SPEED = "60"
PROCESS_SECONDS = 120
NOBODY = "127.0.0.1:9"
Alter = Callable[[str], str]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack.running(SPEED) as found:
        yield found


def assert_told(text: str, code: Code) -> None:
    """See that code and way out are there, and no traceback."""
    assert code.value in text
    assert PROBLEMS[code].way_out in text
    assert "Traceback" not in text


def assert_answered(answer: httpx.Response, code: Code) -> None:
    """See the code's status, title and way out, and words of this one case."""
    problem = answer.json()
    assert answer.status_code == PROBLEMS[code].status
    assert problem["code"] == code.value
    assert problem["type"].endswith(code.value)
    assert problem["title"] == PROBLEMS[code].title
    assert problem["way_out"] == PROBLEMS[code].way_out
    assert problem["detail"] or problem["errors"]


def documents(stack: LocalStack) -> str:
    return ironbull("get", "--json", "--data", str(stack.data)).stdout


DOCUMENT_MISTAKES: list[tuple[Code, Alter]] = [
    (Code.DOCUMENT_UNREADABLE, lambda text: text + "\n---\nkind: [Tenant\n"),
    (Code.DOCUMENT_INVALID, lambda text: text.replace("timeframe: 1h", "timeframe: 7h")),
    (Code.DOCUMENT_KIND_UNKNOWN, lambda text: text.replace("kind: Strategy", "kind: Strategie")),
    (Code.DOCUMENT_INVALID, lambda text: text.replace("BTC-USDT-SWAP", "BTCUSDT")),
    (Code.DOCUMENT_INVALID, lambda text: text.replace("replicas: 2", "replicas: -2")),
]


@pytest.mark.parametrize(("code", "alter"), DOCUMENT_MISTAKES)
def test_a_wrong_document_is_refused_with_all_that_came_with_it(
    stack: LocalStack, tmp_path: Path, code: Code, alter: Alter
) -> None:
    before = documents(stack)
    file = tmp_path / "wrong.yaml"
    file.write_text(alter(DOCUMENTS.replace("displayName: Aurora", "displayName: Changed")))
    done = ironbull("apply", "-f", str(file), "--data", str(stack.data))
    assert done.returncode == 1
    assert_told(done.stderr, code)
    assert documents(stack) == before


STRATEGY_MISTAKES: list[tuple[Code, str, str]] = [
    (Code.STRATEGY_CLASS_UNKNOWN, "name: ma_cross, version: 1", "name: ma_kross, version: 1"),
    (Code.STRATEGY_PARAMETER_INVALID, 'fast_ma: "3"', 'fast_mo: "3"'),
]


@pytest.mark.parametrize(("code", "right", "wrong"), STRATEGY_MISTAKES)
def test_a_strategy_that_cannot_run_is_named_and_mended_by_the_right_document(
    stack: LocalStack, tmp_path: Path, code: Code, right: str, wrong: str
) -> None:
    file = tmp_path / "documents.yaml"
    file.write_text(DOCUMENTS.replace(right, wrong))
    done = ironbull("apply", "-f", str(file), "--data", str(stack.data))
    assert done.returncode == 1
    assert code.value in done.stderr
    told = ironbull("status", "--data", str(stack.data))
    assert told.returncode == 1
    assert code.value in told.stdout
    file.write_text(DOCUMENTS)
    assert ironbull("apply", "-f", str(file), "--data", str(stack.data)).returncode == 0


def user_count(stack: LocalStack) -> int:
    return len(stack.merchant("GET", "/v1/users").json()["items"])


SIGNING_MISTAKES: list[tuple[Code, Signing]] = [
    (Code.SIGNATURE_WRONG, Signing(secret="not-the-merchants-secret")),
    (Code.SIGNATURE_STALE, Signing(ahead_ms=-60_000)),
    (Code.SIGNATURE_FUTURE, Signing(ahead_ms=60_000)),
    (Code.SIGNATURE_MALFORMED, Signing(nonce="short")),
]


@pytest.mark.parametrize(("code", "signing"), SIGNING_MISTAKES)
def test_a_request_signed_wrongly_changes_nothing(
    stack: LocalStack, code: Code, signing: Signing
) -> None:
    before = user_count(stack)
    answer = stack.merchant("POST", "/v1/users", {"email": "no@one.example"}, signing=signing)
    assert_answered(answer, code)
    assert user_count(stack) == before


def test_a_request_that_is_sent_again_is_refused(stack: LocalStack) -> None:
    signing = Signing()
    assert stack.merchant("GET", "/v1/users", signing=signing).status_code == 200
    answer = stack.merchant("GET", "/v1/users", signing=signing)
    assert_answered(answer, Code.SIGNATURE_REPLAYED)


BODY_MISTAKES: list[tuple[Code, str, object]] = [
    (Code.BODY_TOO_LARGE, "/v1/users", b"x" * (2 * 1024 * 1024)),
    (Code.BODY_MALFORMED, "/v1/users", b'{"email": '),
    (Code.VALIDATION_FAILED, "/v1/users", {"email": "no@one.example", "levl": 1}),
    (Code.VALIDATION_FAILED, "/v1/users/a@b.example/recharges", {"kind": "self", "amount": 1.5}),
    (Code.VALIDATION_FAILED, "/v1/users/a@b.example/recharges", {"kind": "self", "amount": "-1"}),
    (Code.VALIDATION_FAILED, "/v1/users/a@b.example/recharges", {"kind": "self", "amount": "NaN"}),
]


@pytest.mark.parametrize(("code", "path", "body"), BODY_MISTAKES)
def test_a_wrong_body_changes_nothing(
    stack: LocalStack, code: Code, path: str, body: object
) -> None:
    before = user_count(stack)
    answer = stack.merchant("POST", path, body)
    assert_answered(answer, code)
    assert user_count(stack) == before


def test_an_account_whose_keys_the_venue_refuses_ends_failed(stack: LocalStack) -> None:
    account = stack.bind("wrong@key.example", secrets.token_hex(32), secrets.token_hex(32))
    assert "failed" in account.values()
    assert Code.VENUE_KEY_REFUSED.value in json.dumps(account) or "-20" in json.dumps(account)


def test_a_second_platform_on_one_folder_is_refused(stack: LocalStack) -> None:
    done = ironbull("up", "--data", str(stack.data))
    assert done.returncode == 1
    assert_told(done.stderr, Code.FOLDER_IN_USE)
    assert stack.merchant("GET", "/v1/users").status_code == 200


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = ironbull("up", "--data", str(tmp_path / "data"), "--merchant-port", port)
    assert done.returncode == 1
    assert_told(done.stderr, Code.PORT_TAKEN)
    assert port in done.stderr
    assert not (tmp_path / "data" / "postgres").exists()


def run_process(role: str, stack: LocalStack, altered: dict[str, str]) -> str:
    """Start a process of the centre with settings of which some are wrong; return its words."""
    keys = stack.data / "keys"
    place = stack.urls["postgres"].removeprefix("postgresql://")
    urls = {
        name: f"postgresql://{user}:{(keys / f'{user}.password').read_text().strip()}"
        f"@{place}/ironbull"
        for name, user in (
            ("DATABASE_URL", "ironbull_platform"),
            ("TENANT_DATABASE_URL", "ironbull_tenant"),
        )
    }
    settings = {
        **urls,
        "NATS_CREDS": str(keys / "centre-user.creds"),
        "MASTER_KEY": str(keys / "master.key"),
        "CENTRE_SIGNING_KEY": str(keys / "centre-signing.key"),
        "PLATFORM_TOKEN": str(keys / "platform.token"),
        "STAFF_TOKEN": str(keys / "staff.token"),
        "NATS_URL": f"nats://{NOBODY}",
    }
    ours = {f"IRONBULL_{name}": text for name, text in (settings | altered).items()}
    done = subprocess.run(
        (sys.executable, "-m", "ironbull_app", role),
        env={**os.environ, **ours},
        capture_output=True,
        text=True,
        timeout=PROCESS_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    return done.stdout + done.stderr


WRONG_DATABASE = f"postgresql://ironbull_platform:x@{NOBODY}/ironbull"
WRONG_SETTINGS: list[tuple[str, Code, dict[str, str]]] = [
    ("api", Code.DATABASE_UNREACHABLE, {"DATABASE_URL": WRONG_DATABASE}),
    ("centre", Code.DATABASE_UNREACHABLE, {"DATABASE_URL": WRONG_DATABASE}),
    ("centre", Code.MESSAGING_UNREACHABLE, {}),
    ("api", Code.SETTING_INVALID, {"DATABASE_URL": "not an address"}),
]


@pytest.mark.parametrize(("role", "code", "altered"), WRONG_SETTINGS)
def test_a_process_that_cannot_reach_its_servers_says_which(
    stack: LocalStack, role: str, code: Code, altered: dict[str, str]
) -> None:
    assert_told(run_process(role, stack, altered), code)
    assert stack.merchant("GET", "/v1/users").status_code == 200
