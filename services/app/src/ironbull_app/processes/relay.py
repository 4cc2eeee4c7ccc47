"""The relay role: what a commit left in the outbox goes into the streams, in atomic batches.

A row is marked only when its stream has it. Whatever goes wrong in between costs a repetition,
which the stream drops by its id or the receiver by its inbox, and never a loss.
"""

import asyncio
from typing import Final

from nats.aio.client import Client
from prometheus_client import Counter, Gauge

from ironbull_app.db.repositories import relaying
from ironbull_app.db.unit_of_work import Database
from ironbull_kit import batch, crash, logs
from ironbull_kit.batch import MAX_BATCH, PublishError
from ironbull_kit.drain import wait
from ironbull_messages import subjects

STREAMS: Final = (subjects.TASKS, subjects.EVENTS)
POLL_SECONDS: Final = 0.2
"""The floor under the bell: a row lies no longer than this though nobody rings."""
RETRY_SECONDS: Final = 0.5
COUNT_SECONDS: Final = 5.0
RELAYED: Final = Counter("ironbull_outbox_sent_total", "Outbox rows sent.", ("stream",))
UNSENT: Final = Gauge("ironbull_outbox_unsent", "Outbox rows that were never sent.")


async def run(database: Database, bell_url: str, client: Client, stopping: asyncio.Event) -> None:
    """Send until the process should end.

    Args:
        bell_url: of the role `ironbull_platform`, for one connection that only listens.
    """
    rung = {stream: asyncio.Event() for stream in STREAMS}
    await asyncio.gather(
        _listen(bell_url, tuple(rung.values()), stopping),
        _count(database, stopping),
        *(_send(database, client, stream, rung[stream], stopping) for stream in STREAMS),
    )


async def send_once(database: Database, client: Client, stream: str) -> int:
    """Send one batch of a stream; return how many rows it held.

    Raises:
        PublishError: the stream is away; the rows are still unsent.
    """
    async with database.platform() as tx:
        rows = await relaying.claim(tx, stream)
        if not rows:
            return 0
        crash.point("relay.before-publish")
        await batch.publish(client, [message for _, message in rows])
        crash.point("relay.after-publish")
        await relaying.mark(tx, stream, [position for position, _ in rows])
    crash.point("relay.after-commit")
    RELAYED.labels(stream).inc(len(rows))
    return len(rows)


async def _send(
    database: Database,
    client: Client,
    stream: str,
    rung: asyncio.Event,
    stopping: asyncio.Event,
) -> None:
    while not stopping.is_set():
        rung.clear()
        try:
            while await send_once(database, client, stream) == MAX_BATCH:
                pass
        except PublishError as error:
            logs.get().warning("relay_waits", stream=stream, why=str(error))
            await wait(stopping, RETRY_SECONDS)
        except Exception:  # noqa: BLE001 - a bad pass must not end the role; the rows stay
            logs.get().exception("relay_failed", stream=stream)
            await wait(stopping, RETRY_SECONDS)
        await wait(rung, POLL_SECONDS)


async def _listen(url: str, rung: tuple[asyncio.Event, ...], stopping: asyncio.Event) -> None:
    async with relaying.bell(url) as bell:
        while not stopping.is_set():
            try:
                heard = await bell.heard(POLL_SECONDS)
            except OSError as error:
                logs.get().warning("bell_failed", why=str(error))
                await wait(stopping, RETRY_SECONDS)
                continue
            for event in rung if heard else ():
                event.set()


async def _count(database: Database, stopping: asyncio.Event) -> None:
    while not await wait(stopping, COUNT_SECONDS):
        try:
            async with database.platform() as tx:
                UNSENT.set(await relaying.waiting(tx))
        except Exception:  # noqa: BLE001 - a measure that is missing must not end the role
            logs.get().exception("outbox_not_counted")
