"""What is the least that one signal may cost? The same durable steps, one after the other.

Published, fetched, one transaction, published, fetched, journaled, the venue's two calls,
published, fetched, one transaction. One program, nothing checked, nothing decided.
"""

import json
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ccxt.async_support as ccxt
import psycopg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StreamConfig

STEPS = ("signal", "task", "result")
SETUP = """
CREATE SCHEMA floor;
CREATE TABLE floor.row (
    id uuid PRIMARY KEY DEFAULT uuidv7(), kind text NOT NULL, body jsonb NOT NULL)
"""
INSERT = "INSERT INTO floor.row (kind, body) SELECT %s, %s::jsonb FROM generate_series(1, %s)"
TIMEOUT_SECONDS = 10.0


@dataclass(slots=True)
class Floor:
    """What the steps work with: the same servers as the product's, with their settings."""

    js: JetStreamContext
    pulls: dict[str, JetStreamContext.PullSubscription]
    database: psycopg.AsyncConnection[Any]
    journal: sqlite3.Connection
    venue: Any
    venue_seconds: float = 0.0
    """How long the last signal's calls of the venue took."""

    async def once(self, order: dict[str, str], *, accepted_rows: int, settled_rows: int) -> None:
        """Bring one signal from its publication to the commit of what its trades cost.

        Args:
            order: what the venue is asked for.
            accepted_rows: how many rows the first transaction writes.
            settled_rows: how many the second one writes, but for the order's trades.
        """
        signal = json.dumps({"signal": order, "reason": "x" * 300}).encode()
        await self._pass_on("signal", signal)
        await self._commit("accepted", accepted_rows, signal)
        await self._pass_on("task", signal)
        self.journal.execute("INSERT INTO task (body) VALUES (?)", (signal,))
        self.journal.commit()

        began = time.perf_counter()
        placed = await self.venue.fapiPrivatePostOrder(order | {"newOrderRespType": "RESULT"})
        asked = {"symbol": order["symbol"], "orderId": placed["orderId"]}
        trades = await self.venue.fapiPrivateGetUserTrades(asked)
        self.venue_seconds = time.perf_counter() - began

        result = json.dumps({"placed": placed, "trades": trades}).encode()
        await self._pass_on("result", result)
        await self._commit("settled", settled_rows + len(trades), result)

    async def _pass_on(self, step: str, body: bytes) -> None:
        await self.js.publish(f"floor.{step}", body)
        (message,) = await self.pulls[step].fetch(1, timeout=TIMEOUT_SECONDS)
        await message.ack()

    async def _commit(self, kind: str, rows: int, body: bytes) -> None:
        async with self.database.transaction():
            await self.database.execute(INSERT, (kind, body.decode(), rows))

    async def rows(self, kind: str) -> int:
        """Return how many rows of a kind (`accepted`, `settled`) were written."""
        query = b"SELECT count(*) FROM floor.row WHERE kind = %s"
        (count,) = await (await self.database.execute(query, (kind,))).fetchone() or (0,)
        return int(count)

    async def close(self) -> None:
        """Let go of what was opened."""
        await self.venue.close()
        self.journal.close()
        await self.database.close()


async def open_floor(
    js: JetStreamContext, database_url: str, journal: Path, paper_url: str, keys: dict[str, str]
) -> Floor:
    """Make streams, table, journal and the venue's client."""
    pulls = {}
    for step in STEPS:
        name = f"FLOOR_{step}"
        await js.add_stream(StreamConfig(name=name, subjects=[f"floor.{step}"]))
        await js.add_consumer(name, ConsumerConfig(durable_name="floor"))
        pulls[step] = await js.pull_subscribe_bind(consumer="floor", stream=name)
    database = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    await database.execute(SETUP.encode())
    kept = sqlite3.connect(journal)
    kept.execute("PRAGMA journal_mode=WAL")
    kept.execute("PRAGMA synchronous=FULL")
    kept.execute("CREATE TABLE task (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    venue = ccxt.binanceusdm(
        {"apiKey": keys["api_key"], "secret": keys["secret"], "enableRateLimit": False}
    )
    venue.urls["api"]["fapiPrivate"] = f"{paper_url}/fapi/v1"
    return Floor(js, pulls, database, kept, venue)
