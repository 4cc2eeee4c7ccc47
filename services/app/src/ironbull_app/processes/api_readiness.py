"""Can the API process answer? It looks at the database now and then and names what is away."""

import asyncio
from collections.abc import MutableMapping
from typing import Final

from ironbull_app.db.unit_of_work import AWAY, Database
from ironbull_kit.drain import wait

LOOK_SECONDS: Final = 5.0
DATABASE: Final = "database"


async def watch(
    database: Database, missing: MutableMapping[str, str], stopping: asyncio.Event
) -> None:
    """Look every `LOOK_SECONDS` until the process should end."""
    while not await wait(stopping, LOOK_SECONDS):
        await look(database, missing)


async def look(database: Database, missing: MutableMapping[str, str]) -> None:
    """Keep in `missing` whether the database answers."""
    try:
        await database.drop_broken()
        async with database.nobody() as tx:
            await tx.row("SELECT 1")
    except AWAY as error:
        missing[DATABASE] = type(error).__name__
    else:
        missing.pop(DATABASE, None)
