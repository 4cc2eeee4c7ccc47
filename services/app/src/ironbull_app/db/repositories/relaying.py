"""SQL of the relay: rows that were never sent, oldest first, each claimed by one relay."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import psycopg
from psycopg import sql

from ironbull_app.db.unit_of_work import Tx
from ironbull_kit import logs
from ironbull_kit.batch import MAX_BATCH, Outgoing

CHANNEL: Final = "outbox"
CONNECT_SECONDS: Final = 5


async def claim(tx: Tx, stream: str) -> list[tuple[int, Outgoing]]:
    """Lock the oldest unsent rows of a stream that no other relay holds, at most one batch.

    Returns:
        Each row's place in the outbox, and its message under the id `<row>:<send number>`.
    """
    rows = await tx.rows(
        """SELECT position, subject, id, send_number, body FROM outbox
        WHERE stream = %s AND sent_at IS NULL
        ORDER BY position LIMIT %s FOR UPDATE SKIP LOCKED""",
        (stream, MAX_BATCH),
    )
    return [
        (
            row["position"],
            Outgoing(row["subject"], f"{row['id']}:{row['send_number']}", bytes(row["body"])),
        )
        for row in rows
    ]


async def mark(tx: Tx, stream: str, positions: Sequence[int]) -> None:
    """Say that the stream has them."""
    await tx.execute(
        """UPDATE outbox SET sent_at = clock_timestamp()
        WHERE stream = %s AND sent_at IS NULL AND position = ANY(%s)""",
        (stream, list(positions)),
    )


async def waiting(tx: Tx) -> int:
    """Return how many rows were never sent."""
    row = await tx.row("SELECT count(*) AS rows FROM outbox WHERE sent_at IS NULL")
    return 0 if row is None else int(row["rows"])


@asynccontextmanager
async def bell(url: str, channel: str = CHANNEL) -> AsyncIterator["Bell"]:
    """Listen on a connection of its own while the block runs."""
    opened = Bell(url, channel)
    try:
        yield opened
    finally:
        await opened.close()


class Bell:
    """Hears that a commit has left something to send; a bell that is missed costs a poll."""

    def __init__(self, url: str, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._connection: psycopg.AsyncConnection | None = None

    async def heard(self, seconds: float) -> bool:
        """Wait for the bell at most `seconds`; return whether it rang.

        Raises:
            OSError: PostgreSQL is away; the next call connects anew.
        """
        try:
            connection = await self._listening()
            async for _ in connection.notifies(timeout=seconds, stop_after=1):
                return True
        except psycopg.Error as error:
            await self.close()
            raise ConnectionError(f"the bell is silent: {error}") from error
        return False

    async def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _listening(self) -> psycopg.AsyncConnection:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_SECONDS
            )
            await self._connection.execute(
                sql.SQL("LISTEN {}").format(sql.Identifier(self._channel))
            )
            logs.get().info("bell_heard_from_now_on", channel=self._channel)
        return self._connection
