"""The troubles role: shows how much is wrong, so that an alert calls somebody."""

import asyncio
from typing import Final

from prometheus_client import Gauge

from ironbull_app.db.queries import troubles
from ironbull_app.db.unit_of_work import Database
from ironbull_kit import repeat

PASS_SECONDS: Final = 15.0
FOUND: Final = Gauge("ironbull_troubles", "What is wrong right now, by kind.", ("kind",))


async def run(database: Database, stopping: asyncio.Event) -> None:
    """Work until the process should end."""
    await repeat.every(PASS_SECONDS, "troubles", lambda: count(database), stopping)


async def count(database: Database) -> None:
    """Count what is wrong; sums are left to who asks for them, since they read everything."""
    for kind in troubles.KINDS:
        async with database.platform() as tx:
            FOUND.labels(kind).set(len(await troubles.of_kind(tx, kind)))
