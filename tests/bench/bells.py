"""When does a commit become visible? PostgreSQL tells at once; asking again and again would cost.

`outbox` is the product's own bell; `settled` rings by a trigger of the benchmark when fills commit.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
from bench.stage import Stage

from ironbull_local.database import Role

SETTLED, OUTBOX = "settled", "outbox"
TRIGGER = """
CREATE FUNCTION bench_ring() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('settled', ''); RETURN NULL; END $$;
CREATE TRIGGER bench_ring AFTER INSERT ON fill
    FOR EACH STATEMENT EXECUTE FUNCTION bench_ring()
"""


class Bells:
    """Hears both bells and remembers when they rang."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._connection = connection
        self._heard: list[tuple[str, float]] = []
        self._rung = asyncio.Event()

    async def listen(self) -> None:
        """Hear for as long as this is awaited."""
        async for note in self._connection.notifies():
            self._heard.append((note.channel, time.time()))
            self._rung.set()

    async def first(self, channel: str, since: float, seconds: float) -> float:
        """Return when a bell first rang after an instant.

        Raises:
            TimeoutError: it did not ring in time.
        """
        async with asyncio.timeout(seconds):
            while True:
                found = [at for name, at in self._heard if name == channel and at > since]
                if found:
                    return found[0]
                self._rung.clear()
                await self._rung.wait()

    def forget(self) -> None:
        """Let what rang so far be over."""
        self._heard.clear()


@asynccontextmanager
async def hung(stage: Stage) -> AsyncIterator[Bells]:
    """Hang the benchmark's own bell up, and hear both while the block lasts."""
    async with await psycopg.AsyncConnection.connect(stage.url(Role.OWNER)) as owner:
        await owner.execute(TRIGGER.encode())
    url = stage.url(Role.PLATFORM)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for channel in (SETTLED, OUTBOX):
            await connection.execute(f"LISTEN {channel}".encode())
        bells = Bells(connection)
        listening = asyncio.create_task(bells.listen())
        try:
            yield bells
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
