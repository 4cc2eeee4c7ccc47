"""The dispatcher role: signals become orders."""

import asyncio
from collections.abc import Sequence
from typing import Final

from nats.aio.client import Client

from ironbull_app.db.repositories.dispatching import CONSUMER, Dispatching
from ironbull_app.db.unit_of_work import AWAY, Database, retried
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.processes.dead_tasks import laying_aside
from ironbull_kit import consume
from ironbull_kit.clocks import Clock
from ironbull_messages import subjects

BATCH: Final = 50


async def run(database: Database, client: Client, now: Clock, stopping: asyncio.Event) -> None:
    """Work until the process should end."""
    ports = Dispatching(database, now)

    async def handle(messages: Sequence[consume.Delivered]) -> None:
        await retried(lambda: accept_signals(messages, ports))

    consumer = consume.Consumer(subjects.SIGNALS, CONSUMER, BATCH, AWAY)
    await consume.run(client, consumer, handle, laying_aside(database, CONSUMER), stopping)
