"""Whatever is given wrongly is told with a stable code and a way out, and nothing half-written."""

import os
import secrets
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fixtures import local_stack
from fixtures.local_stack import DOCUMENTS, LocalStack, Signing, ironbull

from ironbull_messages.problems import PROBLEMS, Code
from ironbull_messages.refusals import Refusal

SPEED = "1800"
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


NEW_STRATEGY = """
apiVersion: ironbull.io/v1alpha1
kind: Strategy
metadata: {name: NAME, namespace: ironbull-aurora}
spec:
  classRef: {name: ma_cross}
  parameters: {fast_ma: "3"}
  symbols: [EUR-USDT-SWAP]
  timeframe: 1h
  venue: paper
  desiredState: Stopped
"""
STRATEGY_MISTAKES: list[tuple[Code, str, str]] = [
    (Code.STRATEGY_CLASS_UNKNOWN, "ma_cross", "ma_kross"),
    (Code.STRATEGY_PARAMETER_INVALID, "fast_ma", "fast_mo"),
    (Code.DOCUMENT_INVALID, "EUR-USDT-SWAP", "NOPE-USDT-SWAP"),
]


@pytest.mark.parametrize(("code", "right", "wrong"), STRATEGY_MISTAKES)
def test_a_strategy_that_cannot_run_is_named_and_mended_by_the_right_document(
    stack: LocalStack, tmp_path: Path, code: Code, right: str, wrong: str
) -> None:
    file = tmp_path / "documents.yaml"
    document = NEW_STRATEGY.replace("NAME", code.value.replace("_", "-"))
    file.write_text(document.replace(right, wrong))
    done = ironbull("apply", "-f", str(file), "--data", str(stack.data))
    assert done.returncode == 1
    assert_told(done.stderr, code)
    assert wrong in done.stderr
    told = ironbull("status", "--data", str(stack.data))
    assert told.returncode == 1
    assert code.value in told.stdout
    file.write_text(document)
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
    assert account["status"] == "failed"
    assert account["code"] == Code.VENUE_KEY_REFUSED.value
    assert account["way_out"] == PROBLEMS[Code.VENUE_KEY_REFUSED].way_out
    assert account["venue_code"] in account["failure"]


def test_an_order_below_the_venues_minimum_is_refused_with_its_numbers(stack: LocalStack) -> None:
    email, keys = "tiny@capital.example", stack.open_paper_account("tiny")
    account = stack.bind(email, keys["api_key"], keys["secret"])["id"]
    stack.stock_up("10")
    card = {"kind": "self", "amount": "10"}
    assert stack.merchant("POST", f"/v1/users/{email}/recharges", card).is_success
    # A hundredth of 15 at leverage 20 buys for 3 USDT; the venue takes 20 of ETH and 5 of SOL.
    body = {"account_id": account, "strategy": "returning", "capital_usdt": "15"}
    made = stack.merchant("POST", f"/v1/users/{email}/subscriptions", body)
    assert made.status_code == 201, made.text

    def refusal() -> dict[str, Any] | None:
        signals = stack.merchant("GET", "/v1/signals").json()["items"]
        refusals = [row for signal in signals for row in signal["refusals"]]
        return next((row for row in refusals if row["code"] == Refusal.BELOW_MIN_NOTIONAL), None)

    found = local_stack.until(refusal)
    assert found["subscription_id"] == made.json()["id"]
    assert 0 < Decimal(found["numbers"]["notional"]) <= 3 < Decimal(found["numbers"]["minimum"])
    assert stack.merchant("GET", "/v1/orders").json()["items"] == []


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


def run_process(
    stack: LocalStack, module: str, role: str, altered: dict[str, str]
) -> tuple[int, str]:
    """Start a process with settings of which some are wrong; return its exit code and its words."""
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
        "NATS_CREDS": str(keys / "nats" / "centre-user.creds"),
        "MASTER_KEY": str(keys / "master.key"),
        "CENTRE_SIGNING_KEY": str(keys / "centre-signing.key"),
        "PLATFORM_TOKEN": str(keys / "platform.token"),
        "STAFF_TOKEN": str(keys / "staff.token"),
        "NATS_URL": f"nats://{NOBODY}",
    }
    ours = {f"IRONBULL_{name}": text for name, text in (settings | altered).items()}
    done = subprocess.run(
        (sys.executable, "-m", module, *role.split()),  # a node has no role
        env={**os.environ, **ours},
        capture_output=True,
        text=True,
        timeout=PROCESS_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


WRONG_DATABASE = {"DATABASE_URL": f"postgresql://ironbull_platform:x@{NOBODY}/ironbull"}
WITHOUT_SERVERS = [
    ("ironbull_app", "api", Code.DATABASE_UNREACHABLE, WRONG_DATABASE),
    ("ironbull_app", "centre", Code.DATABASE_UNREACHABLE, WRONG_DATABASE),
    ("ironbull_app", "centre", Code.MESSAGING_UNREACHABLE, {}),
    ("ironbull_app", "engine", Code.MESSAGING_UNREACHABLE, {}),
    ("ironbull_node", "", Code.MESSAGING_UNREACHABLE, {}),
]


def test_a_process_that_cannot_reach_its_servers_gives_up_and_says_which(
    stack: LocalStack, tmp_path: Path
) -> None:
    (tmp_path / "documents.yaml").write_text(DOCUMENTS)
    client = {
        "TENANT": "aurora",
        "TOKEN": "a" * 16,
        "DOCUMENTS": str(tmp_path / "documents.yaml"),
        "STATE_DIR": str(tmp_path / "state"),
        "VENUE": "binance",
        "VENUE_URL": stack.urls["paper"],
        "CENTRE_KEY": b64encode(bytes(32)).decode(),
    }
    with ThreadPoolExecutor() as pool:  # each waits half a minute for servers that may yet come
        ends = [
            (code, pool.submit(run_process, stack, module, role, client | altered))
            for module, role, code, altered in WITHOUT_SERVERS
        ]
    for code, end in ends:
        exit_code, words = end.result()
        assert exit_code in {1, 2}
        assert_told(words, code)
        assert NOBODY.partition(":")[0] in words
    assert stack.merchant("GET", "/v1/users").status_code == 200


WRONG_SETTINGS = [
    ("ironbull_app", "api", "DATABASE_URL"),
    ("ironbull_app", "centre", "DATABASE_URL"),
    ("ironbull_app", "engine", "NATS_URL"),
    ("ironbull_node", "", "NATS_URL"),
]


@pytest.mark.parametrize(("module", "role", "name"), WRONG_SETTINGS)
def test_a_setting_that_is_no_address_is_named_at_once(
    stack: LocalStack, module: str, role: str, name: str
) -> None:
    exit_code, words = run_process(stack, module, role, {name: "nowhere"})
    assert exit_code in {1, 2}
    assert_told(words, Code.SETTING_INVALID)
    assert f"IRONBULL_{name}" in words
