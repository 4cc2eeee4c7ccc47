"""The retention role: keeps what delivery needs as long as it may be needed, and no longer."""

import asyncio
from typing import Final

from prometheus_client import Counter

from ironbull_app.db.repositories import retention
from ironbull_app.db.unit_of_work import Database
from ironbull_kit import logs, repeat
from ironbull_kit.drain import wait

PASS_SECONDS: Final = 60.0
MAX_STEPS: Final = 20
"""Steps of one table in one pass; what is left waits for the next."""
PAUSE_SECONDS: Final = 0.1
FORGOTTEN: Final = Counter("ironbull_rows_forgotten_total", "Rows past their time.", ("table",))


async def run(database: Database, stopping: asyncio.Event) -> None:
    """Work until the process should end."""

    async def sweep() -> None:
        for table in retention.RULES:
            await forget(database, table, stopping)

    await repeat.every(PASS_SECONDS, "retention", sweep, stopping)


async def forget(database: Database, table: str, stopping: asyncio.Event) -> int:
    """Empty a table of what is past its time, in bounded steps; return how many rows went."""
    total = 0
    for _ in range(MAX_STEPS):
        async with database.platform() as tx:
            count = await retention.forget(tx, table)
        total += count
        if count < retention.MAX_ROWS or await wait(stopping, PAUSE_SECONDS):
            break
    if total:
        FORGOTTEN.labels(table).inc(total)
        logs.get().info("rows_forgotten", table=table, rows=total)
    return total
