"""What is sent to a member reaches it at once, whatever became of its connection."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fixtures.nats_authority import Authority
from nats.aio.client import Client

from ironbull_kit import batch, bus, streams
from ironbull_kit.batch import Outgoing
from ironbull_kit.nats_accounts import TenantClients
from ironbull_messages import subjects
from ironbull_messages.words import Lane
from ironbull_node.bus import BusError, Delivery
from ironbull_node.connection import NatsBus

TOKEN = "a" * 16
WAIT_SECONDS = streams.ACK_WAIT_SECONDS - 10
"""Long, and yet before the stream would deliver anything a second time."""


@asynccontextmanager
async def member(authority: Authority) -> AsyncIterator[tuple[Client, NatsBus]]:
    await authority.push(TenantClients("acme", members=(TOKEN,)))
    js = authority.centre.jetstream()
    await streams.ensure_streams(js)
    await streams.ensure_lanes(js, TOKEN)
    losses = bus.Losses()
    prefix = subjects.inbox_prefix(TOKEN)
    creds = authority.creds("member", "acme", TOKEN)
    client = await bus.connect(authority.url, creds, "member", prefix, lambda: None, losses)
    yield client, NatsBus(client, TOKEN, losses)
    await client.close()


async def send(authority: Authority, count: int) -> None:
    subject = subjects.task("acme", TOKEN, Lane.CLOSE)
    tasks = [Outgoing(subject, f"id-{n}", str(n).encode()) for n in range(count)]
    await batch.publish(authority.centre, tasks)


async def fetch_all(node: NatsBus, count: int) -> list[Delivery]:
    found: list[Delivery] = []
    deadline = time.monotonic() + WAIT_SECONDS
    while len(found) < count:
        assert time.monotonic() < deadline, [one.body for one in found]
        try:
            found += await node.fetch(Lane.CLOSE, 50, 5.0)
        except BusError:
            await asyncio.sleep(0.1)
    return found


async def test_what_is_sent_after_a_reconnect_is_not_delivered_into_the_void(
    authority: Authority,
) -> None:
    """The server still holds the pull of the old connection, whose way back is gone."""
    async with member(authority) as (client, node):
        waiting = asyncio.create_task(node.fetch(Lane.CLOSE, 50, 5.0))
        await asyncio.sleep(0.5)
        await client.force_reconnect()
        while not client.is_connected:  # noqa: ASYNC110 - nats-py has no event for it
            await asyncio.sleep(0.01)

        await send(authority, 4)

        found = [*await waiting, *await fetch_all(node, 4)]
        assert sorted(one.body for one in found) == [b"0", b"1", b"2", b"3"]
        assert {one.deliveries for one in found} == {1}
