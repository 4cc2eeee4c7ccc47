"""A secret of an exchange account that has traded lies nowhere but sealed."""

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fixtures import local_stack
from fixtures.local_stack import LocalStack

from ironbull_local.referee import dump

SPEED = "7200"
TRADES = 3
EMAIL = "canary@aurora.example"


def spellings(secret: str) -> dict[str, bytes]:
    """Return how the secret may look, at each of the three places of a base64 group."""
    raw = secret.encode()
    found = {
        "raw": raw,
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "url": quote(secret, safe="").encode(),
        "json": json.dumps(secret)[1:-1].encode(),
    }
    for shift in range(3):
        for name, encode in (("b64", base64.b64encode), ("b64url", base64.urlsafe_b64encode)):
            # The first and last groups depend on the neighbours: the middle is the secret's own.
            found[f"{name}+{shift}"] = encode(b"x" * shift + raw)[4:-4]
    return found


def hits(root: Path, secret: str, own: Path) -> list[str]:
    """Return file and spelling of each place below the root, but not below `own`."""
    wanted = spellings(secret)
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_relative_to(own):
            content = path.read_bytes()
            found += [f"{path}: {name}" for name, text in wanted.items() if text in content]
    return found


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack.running(SPEED) as found:
        yield found


@pytest.fixture(scope="module")
def secret(stack: LocalStack) -> str:
    """Return the secret of an account that has traded; it needs escapes in a URL."""
    chosen = f"{secrets.token_urlsafe(24)}+/={secrets.token_urlsafe(8)}"
    stack.open_paper_account("canary", api_key=secrets.token_hex(32), secret=chosen)
    keys = stack.open_paper_account("canary")
    assert keys["secret"] == chosen
    stack.stock_up("1000")
    account = stack.bind(EMAIL, keys["api_key"], chosen)
    assert "ready" in account.values(), account
    card = {"kind": "self", "amount": "500"}
    assert stack.merchant("POST", f"/v1/users/{EMAIL}/recharges", card).is_success
    for strategy in ("crossing", "returning"):
        body = {"account_id": account["id"], "strategy": strategy, "capital_usdt": "5000"}
        answer = stack.merchant("POST", f"/v1/users/{EMAIL}/subscriptions", body)
        assert answer.is_success, answer.text
    local_stack.until(
        lambda: len(stack.merchant("GET", "/v1/trades").json()["items"]) >= TRADES or None
    )
    return chosen


def database_url(stack: LocalStack) -> str:
    password = (stack.data / "keys" / "ironbull_platform.password").read_text().strip()
    place = stack.urls["postgres"].removeprefix("postgresql://")
    return f"postgresql://ironbull_platform:{password}@{place}/ironbull"


@pytest.mark.timeout(600)
def test_the_secret_of_an_account_that_traded_lies_in_no_file_but_the_venues_own(
    stack: LocalStack, secret: str
) -> None:
    dump.write(database_url(stack), stack.data / "dump.jsonl")
    looked_at = {path.relative_to(stack.data).parts[0] for path in stack.data.rglob("*")}
    assert {"postgres", "nats", "clients", "logs", "dump.jsonl"} <= looked_at
    venue = stack.data / "paper"
    assert hits(venue, secret, stack.data / "none"), "the search finds nothing at all"
    assert hits(stack.data, secret, venue) == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(spellings("any-secret-of-some-length")))
def test_a_planted_secret_is_found_in_each_spelling(tmp_path: Path, name: str) -> None:
    canary = f"{secrets.token_urlsafe(24)}+/="
    (tmp_path / "journal.bin").write_bytes(b"\0before" + spellings(canary)[name] + b"\0after")
    assert any(hit.endswith(f": {name}") for hit in hits(tmp_path, canary, tmp_path / "none"))
