"""A secret of an exchange account that has traded lies nowhere but sealed."""

import base64
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import nats
import psycopg
import pytest
from fixtures import every_table, local_stack, nats_authority
from fixtures.local_stack import LocalStack
from psycopg import sql

SPEED = "7200"
TRADES = 3
EMAIL = "canary@aurora.example"
VENUE = "paper"
DUMP = "dump.bin"
PLACES = ("postgres", "nats", "clients", "logs", DUMP)
BYTEA = 17
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname = 'public'
"""

pytestmark = pytest.mark.timeout(600)


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


def hits(places: Iterable[Path], secret: str) -> list[str]:
    """Return file and spelling wherever the secret lies in these files and folders."""
    wanted = spellings(secret)
    found = []
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            content = _content(path)
            found += [f"{path}: {name}" for name, text in wanted.items() if text in content]
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:  # a server at work has just removed it
        return b""


@dataclass(frozen=True)
class Canary:
    """An account that has traded, and its secret."""

    account_id: str
    secret: str


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack.running(SPEED) as found:
        yield found


@pytest.fixture(scope="module")
def canary(stack: LocalStack) -> Canary:
    """Let an account trade whose secret needs escapes in a URL."""
    chosen = f"{secrets.token_urlsafe(24)}+/={secrets.token_urlsafe(8)}"
    keys = stack.open_paper_account("canary", api_key=secrets.token_hex(32), secret=chosen)
    assert keys["secret"] == chosen
    stack.stock_up("1000")
    account = stack.bind(EMAIL, keys["api_key"], chosen)
    assert account["status"] == "ready", account
    card = {"kind": "self", "amount": "500"}
    assert stack.merchant("POST", f"/v1/users/{EMAIL}/recharges", card).is_success
    for strategy in ("crossing", "returning"):
        body = {"account_id": account["id"], "strategy": strategy, "capital_usdt": "5000"}
        answer = stack.merchant("POST", f"/v1/users/{EMAIL}/subscriptions", body)
        assert answer.is_success, answer.text
    local_stack.until(
        lambda: len(stack.merchant("GET", "/v1/trades").json()["items"]) >= TRADES or None
    )
    return Canary(account["id"], chosen)


def connect(stack: LocalStack, role: str) -> psycopg.Connection:
    password = (stack.data / "keys" / f"{role}.password").read_text().strip()
    place = stack.urls["postgres"].removeprefix("postgresql://")
    return psycopg.connect(f"postgresql://{role}:{password}@{place}/ironbull")


def dump(stack: LocalStack) -> set[str]:
    """Write every value of every table, bytes as they are; return the tables' names."""
    with connect(stack, "ironbull_owner") as connection, (stack.data / DUMP).open("wb") as file:
        tables = {str(name) for (name,) in connection.execute(TABLES)}
        for table in tables:
            for row in connection.execute(_every_value(connection, table)):
                values = [one if isinstance(one, bytes) else str(one).encode() for one in row]
                file.write(b"\t".join([table.encode(), *values]) + b"\n")
    return tables


def _every_value(connection: psycopg.Connection, table: str) -> sql.Composed:
    named = sql.Identifier(table)
    columns = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(named)).description
    values = [
        sql.SQL("{}" if column.type_code == BYTEA else "{}::text").format(
            sql.Identifier(column.name)
        )
        for column in columns or ()
    ]
    return sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(values), named)


def test_the_secret_of_an_account_that_traded_lies_in_no_file_but_the_venues_own(
    stack: LocalStack, canary: Canary
) -> None:
    assert every_table.ROWS.keys() <= dump(stack)
    assert hits([stack.data / VENUE], canary.secret), "the search finds nothing at all"
    silent = [place for place in PLACES if not hits([stack.data / place], canary.account_id)]
    assert silent == [], "what tells nothing of the account proves nothing"
    ours = [path for path in stack.data.iterdir() if path.name != VENUE]
    assert {path.name for path in ours} >= {*PLACES}
    assert hits(ours, canary.secret) == []


async def test_a_secret_that_leaks_is_found_where_it_lies(
    stack: LocalStack, canary: Canary
) -> None:
    leak = canary.secret[::-1]
    spelled = spellings(leak)
    with connect(stack, "ironbull_platform") as connection:
        connection.execute(
            """INSERT INTO dead_task (consumer, subject, message_id, payload, payload_hash, error)
            VALUES ('planted', '', '', %s, '', '')""",
            (b"\0" + spelled["b64+1"] + b"\0",),
        )
    creds = str(stack.data / "keys" / "nats" / "centre-user.creds")
    client = await nats.connect(stack.urls["nats"], user_credentials=creds, allow_reconnect=False)
    await client.publish("event.aurora.planted", spelled["hex"])
    await nats_authority.settled(client)
    await client.close()
    (journal, *_) = sorted((stack.data / "clients").rglob("journal.sqlite"))
    with sqlite3.connect(journal) as member:
        member.execute("CREATE TABLE planted AS SELECT ? AS leak", (leak,))
    member.close()
    with (stack.data / "logs" / "planted.log").open("wb") as log:
        log.write(b'{"url": "/fapi/v1/order?signature=' + spelled["url"] + b'"}\n')
    dump(stack)

    def unfound() -> list[str]:
        return [place for place in PLACES if not hits([stack.data / place], leak)]

    local_stack.until(lambda: not unfound() or None)


@pytest.mark.parametrize("name", sorted(spellings("any-secret-of-some-length")))
def test_a_planted_secret_is_found_in_each_spelling(tmp_path: Path, name: str) -> None:
    leak = f"{secrets.token_urlsafe(24)}+/="
    (tmp_path / "journal.bin").write_bytes(b"\0before" + spellings(leak)[name] + b"\0after")
    assert any(hit.endswith(f": {name}") for hit in hits([tmp_path], leak))
