"""Outbox to stream and forgetting: nothing lost, nothing twice, nothing kept without end."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import nats
import pytest
from fixtures.trading_desk import House, TradingDesk
from fixtures.waiting import PATIENCE_SECONDS, POLL_SECONDS
from nats.aio.client import Client

from ironbull_app.db.repositories import delivery, relaying, retention
from ironbull_app.db.unit_of_work import Database
from ironbull_app.ports.delivery import Outgoing
from ironbull_app.processes import relay
from ironbull_app.processes.retention import forget
from ironbull_kit import streams
from ironbull_local.database import RoleUrls
from ironbull_local.nats_server import NatsServer
from ironbull_messages import subjects
from ironbull_messages.fleet import Accepted

ROWS = 20


@pytest.fixture
async def bus(plain_nats: NatsServer) -> AsyncIterator[Client]:
    client = await nats.connect(plain_nats.url)
    await streams.ensure_streams(client.jetstream())
    yield client
    await client.close()


async def leave(database: Database, house: House, stream: str, rows: int = ROWS) -> None:
    subject = f"{stream.lower().removesuffix('s')}.{house.tenant}.{house.token}"
    full = f"{subject}.open" if stream == subjects.TASKS else subject
    async with database.platform() as tx:
        await delivery.add_outgoing(
            tx,
            [
                Outgoing(house.tenant, uuid4(), stream, full, Accepted(accepted=True))
                for _ in range(rows)
            ],
        )


async def stored(bus: Client, stream: str) -> int:
    return int((await bus.jetstream().stream_info(stream)).state.messages)


async def test_each_stream_gets_its_rows_once(
    database: Database, house: House, bus: Client
) -> None:
    for stream in relay.STREAMS:
        await leave(database, house, stream)

    for stream in relay.STREAMS:
        assert await relay.send_once(database, bus, stream) == ROWS
        assert await relay.send_once(database, bus, stream) == 0
        assert await stored(bus, stream) == ROWS


async def test_rows_that_were_published_but_not_marked_are_not_doubled(
    database: Database, desk: TradingDesk, house: House, bus: Client
) -> None:
    await leave(database, house, subjects.TASKS)
    await relay.send_once(database, bus, subjects.TASKS)
    desk.rows("UPDATE outbox SET sent_at = NULL")
    await leave(database, house, subjects.TASKS)

    assert await relay.send_once(database, bus, subjects.TASKS) == 2 * ROWS

    assert await stored(bus, subjects.TASKS) == 2 * ROWS


async def test_two_relays_share_the_work(database: Database, house: House, bus: Client) -> None:
    await leave(database, house, subjects.TASKS)

    async with database.platform() as tx:
        held = await relaying.claim(tx, subjects.TASKS)
        other = await relay.send_once(database, bus, subjects.TASKS)

    assert (len(held), other) == (ROWS, 0)


async def test_what_the_stream_does_not_take_stays_unsent(
    database: Database, desk: TradingDesk, house: House, bus: Client
) -> None:
    await leave(database, house, subjects.TASKS)
    await bus.jetstream().delete_stream(subjects.TASKS)

    with pytest.raises(ConnectionError):
        await relay.send_once(database, bus, subjects.TASKS)

    assert desk.one("SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL")["n"] == ROWS


async def test_the_relay_hears_the_bell_and_survives_a_lost_connection(
    database: Database, desk: TradingDesk, house: House, bus: Client, role_urls: RoleUrls
) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(relay.run(database, role_urls.platform, bus, stopping))

    await leave(database, house, subjects.EVENTS)
    await _until_stored(bus, ROWS)
    desk.rows(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = 'ironbull_platform' AND datname = current_database()"""
    )
    desk.rows(
        """INSERT INTO outbox (tenant_id, id, stream, subject, body, send_number)
        VALUES (%s, uuidv7(), 'EVENTS', 'event.acme.trade-closed', '{}', 1)""",
        house.tenant,
    )
    await _until_stored(bus, ROWS + 1)

    stopping.set()
    await asyncio.wait_for(running, PATIENCE_SECONDS)


async def _until_stored(bus: Client, number: int) -> None:
    for _ in range(int(PATIENCE_SECONDS / POLL_SECONDS)):
        if await stored(bus, subjects.EVENTS) == number:
            return
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"{subjects.EVENTS} never held {number} messages")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("inbox", "seen_at"),
        ("outbox", "sent_at"),
        ("idempotency", "created_at"),
        ("nonce", "seen_at"),
        ("candle", "recorded_at"),
    ],
)
async def test_what_is_past_its_time_goes_and_the_rest_stays(
    database: Database, desk: TradingDesk, house: House, table: str, column: str
) -> None:
    assert table in retention.RULES
    for number, age in enumerate(("1000 days", "1 minute")):
        desk.rows(_AGED[table], house.tenant, str(number), age)

    gone = await forget(database, table, asyncio.Event())

    assert gone == 1
    left = desk.rows(f"SELECT now() - {column} < interval '1 hour' AS young FROM {table}")  # noqa: S608
    assert left == [{"young": True}]


async def test_an_unsent_row_is_never_forgotten(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await leave(database, house, subjects.TASKS, 1)
    desk.rows("UPDATE outbox SET created_at = now() - interval '1000 days'")

    assert await forget(database, "outbox", asyncio.Event()) == 0


_AGED = {
    "inbox": "INSERT INTO inbox VALUES (%s, %s, now() - %s::interval)",
    "outbox": """INSERT INTO outbox (tenant_id, id, stream, subject, body, send_number, sent_at)
        VALUES (%s, uuidv7(), 'TASKS', %s, '', 1, now() - %s::interval)""",
    "idempotency": """INSERT INTO idempotency (tenant_id, route, key, body_hash, status, response,
        created_at) VALUES (%s, 'r', %s, '', 200, '', now() - %s::interval)""",
    "nonce": "INSERT INTO nonce VALUES (%s, %s, now() - %s::interval)",
    "candle": """INSERT INTO candle (feed, symbol, timeframe, open_at, close_at, open, high, low,
        close, volume, recorded_at) VALUES (%s, %s, '1h', now(), now(), 1, 1, 1, 1, 1,
        now() - %s::interval)""",
}
