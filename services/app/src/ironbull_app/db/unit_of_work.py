"""Where does a transaction begin and commit? Here and nowhere else.

A transaction serves all tenants as `ironbull_platform`, or one tenant as `ironbull_tenant`; the
tenant is named in one place, transaction-locally, so that it cannot leak into the next one.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg import DataError
from psycopg.abc import Params
from psycopg.errors import (
    DeadlockDetected,
    InsufficientPrivilege,
    SerializationFailure,
    UndefinedTable,
)
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from ironbull_app.db.schema.walls import SETTING
from ironbull_messages.problems import Code, Problem

__all__ = ["AWAY", "DataError", "Database", "Tx", "retried", "revision"]
MAX_RETRIES: Final = 5
OPEN_SECONDS: Final = 30.0
ACQUIRE_SECONDS: Final = 15.0
OPTIONS: Final = "-c statement_timeout=30s -c jit=off"
"""Of every connection: our statements are short, and compiling one takes longer than running it."""
AWAY: Final[tuple[type[Exception], ...]] = (
    *(OSError, TimeoutError, psycopg.OperationalError, psycopg.InterfaceError),
    *(PoolTimeout, PoolClosed),
)
"""What a transaction raises when PostgreSQL is away: it says nothing about the message."""
Result = TypeVar("Result")


class Tx:
    """One open transaction: rows of a query, or nothing but its effect."""

    __slots__ = ("_connection",)

    def __init__(self, connection: psycopg.AsyncConnection[DictRow]) -> None:
        self._connection = connection

    async def rows(
        self, query: LiteralString, params: Params | None = None
    ) -> list[dict[str, Any]]:
        """Return all rows."""
        cursor = await self._connection.execute(query, params)
        return await cursor.fetchall()

    async def row(
        self, query: LiteralString, params: Params | None = None
    ) -> dict[str, Any] | None:
        """Return the first row; None: there is none."""
        cursor = await self._connection.execute(query, params)
        return await cursor.fetchone()

    async def execute(self, query: LiteralString, params: Params | None = None) -> int:
        """Run a statement and return how many rows it touched."""
        cursor = await self._connection.execute(query, params)
        return cursor.rowcount


class Database:
    """The pools of one process; a role has those that it needs."""

    def __init__(
        self, platform_url: str | None, tenant_url: str | None = None, size: int = 8
    ) -> None:
        self._platform = _pool(platform_url, size) if platform_url else None
        self._tenant = _pool(tenant_url, size) if tenant_url else None

    async def open(self) -> None:
        """Connect.

        Raises:
            Problem: `database_unreachable`.
        """
        for pool in self._pools():
            try:
                await pool.open(wait=True, timeout=OPEN_SECONDS)
            except PoolTimeout as error:
                raise Problem(Code.DATABASE_UNREACHABLE, str(error)) from error

    async def close(self) -> None:
        """Let go of all connections."""
        for pool in self._pools():
            await pool.close()

    async def drop_broken(self) -> None:
        """Try the connections that lie idle; those that a restart of the server broke are replaced.

        A pool learns it otherwise only from the caller whose transaction fails.
        """
        for pool in self._pools():
            if not pool.closed:
                await pool.check()

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[Tx]:
        """Open a transaction that serves all tenants; every statement carries `tenant_id`."""
        if self._platform is None:
            raise RuntimeError("this process has no platform role")
        async with (
            self._platform.connection(ACQUIRE_SECONDS) as connection,
            connection.transaction(),
        ):
            yield Tx(connection)

    @asynccontextmanager
    async def tenant(self, tenant: str) -> AsyncIterator[Tx]:
        """Open a transaction that sees one tenant and nobody else."""
        if self._tenant is None:
            raise RuntimeError("this process has no tenant role")
        async with self._tenant.connection(ACQUIRE_SECONDS) as connection, connection.transaction():
            await connection.execute("SELECT set_config(%s, %s, true)", (SETTING, tenant))
            yield Tx(connection)

    @asynccontextmanager
    async def nobody(self) -> AsyncIterator[Tx]:
        """Open a transaction of the tenant role with no tenant named: it sees no rows."""
        if self._tenant is None:
            raise RuntimeError("this process has no tenant role")
        async with self._tenant.connection(ACQUIRE_SECONDS) as connection, connection.transaction():
            yield Tx(connection)

    def _pools(self) -> list[AsyncConnectionPool[psycopg.AsyncConnection[DictRow]]]:
        return [pool for pool in (self._platform, self._tenant) if pool is not None]


async def retried(work: Callable[[], Awaitable[Result]]) -> Result:
    """Run a whole transaction again after a deadlock or a serialization failure, bounded."""
    for _ in range(MAX_RETRIES):
        try:
            return await work()
        except (DeadlockDetected, SerializationFailure):
            continue
    return await work()


async def revision(database: Database) -> str:
    """Return the migration that the database is at; empty: none yet, or not to be seen."""
    try:
        async with database.platform() as tx:
            row = await tx.row("SELECT version_num FROM alembic_version")
    except (UndefinedTable, InsufficientPrivilege):
        return ""
    return "" if row is None else str(row["version_num"])


def _pool(url: str, size: int) -> AsyncConnectionPool[psycopg.AsyncConnection[DictRow]]:
    return AsyncConnectionPool(
        url,
        connection_class=psycopg.AsyncConnection[DictRow],
        kwargs={"row_factory": dict_row, "options": OPTIONS},
        min_size=1,
        max_size=size,
        open=False,
    )
