"""What does the database hold at one moment? Every row that the referee reads, as JSON lines."""

from pathlib import Path
from typing import Final

import psycopg
from psycopg import IsolationLevel, sql

TABLES: Final = (
    *("tenant", "users", "exchange_account", "member", "strategy", "subscription"),
    *("signal", "signal_refusal", "orders", "task", "fill", "position", "trade", "commission"),
    *("ledger_account", "txn", "entry", "outbox", "venue_position", "dead_task"),
)
_CLOSED: Final = ("sealed", "wrapped_key", "key_hash", "payload", "spec")
"""Columns that nobody needs outside: secrets at rest, and what the tenant's documents say."""


def write(url: str, path: Path) -> int:
    """Write all tables as they were at one moment; return how many rows.

    Args:
        url: of the role that sees every tenant.
    """
    count = 0
    with psycopg.connect(url) as connection, path.open("w", encoding="utf-8") as file:
        connection.read_only = True
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        for table in TABLES:
            query = sql.SQL("SELECT (to_jsonb(t) - {}::text[])::text FROM {} t").format(
                sql.Literal(list(_CLOSED)), sql.Identifier(table)
            )
            for (row,) in connection.execute(query):
                file.write(f'{{"table": "{table}", "row": {row}}}\n')
                count += 1
    return count
