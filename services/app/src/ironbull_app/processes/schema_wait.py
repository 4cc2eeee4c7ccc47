"""Has the database what this code needs of it? A role waits for its migration, bounded."""

import asyncio
from typing import Final

from ironbull_app.db.migrate import is_served_by
from ironbull_app.db.unit_of_work import Database, revision
from ironbull_kit import drain, logs
from ironbull_messages.problems import Code, Problem

WAIT_SECONDS: Final = 120
RETRY_SECONDS: Final = 0.5


async def wait_for_schema(database: Database, head: str, stopping: asyncio.Event) -> None:
    """Return when the database is at `head`, or where a newer platform has brought it.

    Raises:
        Problem: `database_behind` after `WAIT_SECONDS`.
    """
    found = ""
    for _ in range(int(WAIT_SECONDS / RETRY_SECONDS)):
        found = await revision(database)
        if is_served_by(found, head):
            if found != head:
                logs.get().warning("database_ahead", found=found, wanted=head)
            return
        if await drain.wait(stopping, RETRY_SECONDS):
            return
        logs.get().info("waiting_for_migration", found=found, wanted=head)
    raise Problem(Code.DATABASE_BEHIND, f"the database is at {found or 'nothing'}, not {head}")
