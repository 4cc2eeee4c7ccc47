"""The watch role: prices against stops, closes that closed nothing, closes without a member."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import Counter
from pydantic import ValidationError

from ironbull_app.db.repositories.watching import Watching
from ironbull_app.db.unit_of_work import Database, retried
from ironbull_app.flows.close_again import close_again
from ironbull_app.flows.send_waiting_closes import send_waiting_closes
from ironbull_app.flows.watch_stops import watch_stops
from ironbull_kit import logs, repeat
from ironbull_kit.clocks import Clock
from ironbull_messages import subjects
from ironbull_messages.market import Price

PASS_SECONDS: Final = 0.1
WAITING_SECONDS: Final = 1.0
AGAIN_SECONDS: Final = 1.0
MAX_PRICES: Final = 10_000
"""Prices that may wait for a pass; the oldest fall out, and the next price says as much."""
FIRED: Final = Counter("ironbull_stops_fired_total", "Closes made for a crossed stop or target.")
MADE_AGAIN: Final = Counter(
    "ironbull_closes_made_again_total", "Closes made since a signal's close closed nothing."
)
SENT_LATE: Final = Counter("ironbull_waiting_closes_sent_total", "Closes that waited for a member.")


async def run(database: Database, client: Client, now: Clock, stopping: asyncio.Event) -> None:
    """Watch until the process should end."""
    ports = Watching(database, now)
    prices: deque[Price] = deque(maxlen=MAX_PRICES)

    async def receive(message: Msg) -> None:
        try:
            prices.append(Price.model_validate_json(message.data))
        except ValidationError as error:
            logs.get().error("price_refused", subject=message.subject, why=str(error))

    async def watch() -> None:
        batch = list(prices)
        if not batch:
            return
        await _counted("stops_fired", lambda: watch_stops(batch, ports), FIRED)
        for _ in batch:  # only what was judged: more may have come meanwhile
            prices.popleft()

    async def again() -> None:
        await _counted("closes_made_again", lambda: close_again(ports), MADE_AGAIN)

    async def send_waiting() -> None:
        await _counted("waiting_closes_sent", lambda: send_waiting_closes(ports), SENT_LATE)

    subscription = await client.subscribe(subjects.ANY_PRICE, cb=receive)
    await asyncio.gather(
        repeat.every(PASS_SECONDS, "watch", watch, stopping),
        repeat.every(AGAIN_SECONDS, "watch.again", again, stopping),
        repeat.every(WAITING_SECONDS, "watch.waiting", send_waiting, stopping),
    )
    await subscription.unsubscribe()


async def _counted(event: str, work: Callable[[], Awaitable[int]], counter: Counter) -> None:
    """Do a pass, and show how many closes came of it."""
    closes = await retried(work)
    if closes:
        counter.inc(closes)
        logs.get().info(event, closes=closes)
