"""How do members learn of a turned kill switch at once? Snapshots are pushed when the bell rings.

A snapshot that is lost comes with the next beat, and an opening that was planned later bears the
newer version, so that its member waits for it.
"""

import asyncio
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from prometheus_client import Counter

from ironbull_app.db.repositories import kill_switches, relaying
from ironbull_app.db.unit_of_work import AWAY
from ironbull_app.ports.fleet import BeginFleet
from ironbull_kit import logs
from ironbull_kit.clocks import Clock
from ironbull_kit.drain import wait
from ironbull_messages import subjects

HEAR_SECONDS: Final = 0.5
RETRY_SECONDS: Final = 0.5
FAULTS: Final[tuple[type[Exception], ...]] = (*AWAY, NatsError)
"""PostgreSQL or NATS is away; the next beats tell what was not pushed."""
PUSHED: Final = Counter("ironbull_controls_pushed_total", "Snapshots pushed to members.")


async def run(
    begin: BeginFleet, bell_url: str, client: Client, now: Clock, stopping: asyncio.Event
) -> None:
    """Push until the process should end.

    Args:
        bell_url: of the role `ironbull_platform`, for one connection that only listens.
    """
    async with relaying.bell(bell_url, kill_switches.CHANNEL) as bell:
        while not stopping.is_set():
            try:
                if await bell.heard(HEAR_SECONDS):
                    await push(begin, client, now)
            except FAULTS as error:
                logs.get().warning("controls_not_pushed", why=str(error))
                await wait(stopping, RETRY_SECONDS)


async def push(begin: BeginFleet, client: Client, now: Clock) -> None:
    """Push snapshots to all members, since tasks bear the newest version."""
    async with begin() as store:
        pushed = [(who, await store.control(who, now())) for who in await store.tokens()]
    for who, control in pushed:
        await client.publish(subjects.control(who.tenant, who.token), control.to_bytes())
        PUSHED.inc()
