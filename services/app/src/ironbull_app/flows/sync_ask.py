"""Which accounts should be read again? Those whose last reading is old."""

from datetime import datetime

from ironbull_app.ports.sync import BeginSync


async def ask(begin: BeginSync, now: datetime) -> int:
    """Mark accounts that are due; members find them in their next snapshot. Return how many."""
    async with begin() as store:
        return await store.ask_due(now)
