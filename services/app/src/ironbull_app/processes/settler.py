"""The settler role: results become fills, positions, charges and commissions."""

import asyncio
from collections.abc import Sequence
from typing import Final

from nats.aio.client import Client

from ironbull_app.db.repositories.settling import CONSUMER, Settling
from ironbull_app.db.unit_of_work import AWAY, Database, retried
from ironbull_app.flows.settle_results import settle_results
from ironbull_app.processes.dead_tasks import laying_aside
from ironbull_kit import consume
from ironbull_kit.clocks import Clock
from ironbull_messages import subjects

BATCH: Final = 200


async def run(database: Database, client: Client, now: Clock, stopping: asyncio.Event) -> None:
    """Work until the process should end."""
    ports = Settling(database, now)

    async def handle(messages: Sequence[consume.Delivered]) -> None:
        await retried(lambda: settle_results(messages, ports))

    consumer = consume.Consumer(subjects.RESULTS, CONSUMER, BATCH, AWAY)
    await consume.run(client, consumer, handle, laying_aside(database, CONSUMER), stopping)
