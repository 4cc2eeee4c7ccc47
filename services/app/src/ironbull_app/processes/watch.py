"""The watch role: prices against stops, and closes that still wait for a member."""

import asyncio
from collections import deque
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import Counter
from pydantic import ValidationError

from ironbull_app.db.repositories.watching import Watching
from ironbull_app.db.unit_of_work import Database, retried
from ironbull_app.flows.send_waiting_closes import send_waiting_closes
from ironbull_app.flows.watch_stops import watch_stops
from ironbull_kit import logs, repeat
from ironbull_kit.clocks import Clock
from ironbull_messages import subjects
from ironbull_messages.market import Price

PASS_SECONDS: Final = 0.1
WAITING_SECONDS: Final = 1.0
MAX_PRICES: Final = 10_000
"""Prices that may wait for a pass; the oldest fall out, and the next price says as much."""
FIRED: Final = Counter("ironbull_stops_fired_total", "Closes made for a crossed stop or target.")


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
        fired = await retried(lambda: watch_stops(batch, ports))
        for _ in batch:  # only what was judged: more may have come meanwhile
            prices.popleft()
        if fired:
            FIRED.inc(fired)
            logs.get().info("stops_fired", closes=fired)

    async def send_waiting() -> None:
        sent = await retried(lambda: send_waiting_closes(ports))
        if sent:
            logs.get().info("waiting_closes_sent", closes=sent)

    subscription = await client.subscribe(subjects.ANY_PRICE, cb=receive)
    await asyncio.gather(
        repeat.every(PASS_SECONDS, "watch", watch, stopping),
        repeat.every(WAITING_SECONDS, "watch.waiting", send_waiting, stopping),
    )
    await subscription.unsubscribe()
