"""SQL of forgetting: rows whose time is over go in bounded steps; business facts never do."""

from typing import Final, LiteralString

from ironbull_app.db.unit_of_work import Tx

MAX_ROWS: Final = 5_000
"""Of one statement: a long delete would hold back vacuum and the roles."""
INBOX_DAYS: Final = 35
"""Longer than any stream keeps a message that could come again."""
OUTBOX_DAYS: Final = 7
IDEMPOTENCY_HOURS: Final = 48
NONCE_MINUTES: Final = 15
"""Longer than the time window of a signature."""
CANDLE_DAYS: Final = 400

RULES: Final[dict[str, tuple[LiteralString, int]]] = {
    "inbox": (
        """DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox
            WHERE seen_at < now() - make_interval(days => %s) LIMIT %s))""",
        INBOX_DAYS,
    ),
    "outbox": (
        """DELETE FROM outbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM outbox
            WHERE sent_at < now() - make_interval(days => %s) LIMIT %s))""",
        OUTBOX_DAYS,
    ),
    "idempotency": (
        """DELETE FROM idempotency WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency
            WHERE created_at < now() - make_interval(hours => %s) LIMIT %s))""",
        IDEMPOTENCY_HOURS,
    ),
    "nonce": (
        """DELETE FROM nonce WHERE ctid = ANY(ARRAY(SELECT ctid FROM nonce
            WHERE seen_at < now() - make_interval(mins => %s) LIMIT %s))""",
        NONCE_MINUTES,
    ),
    "candle": (
        """DELETE FROM candle WHERE ctid = ANY(ARRAY(SELECT ctid FROM candle
            WHERE recorded_at < now() - make_interval(days => %s) LIMIT %s))""",
        CANDLE_DAYS,
    ),
}
"""Table → what is forgotten, and after how long in the statement's own unit.

A statement names the rows by `ctid` alone: they were chosen by age over all tenants.
"""


async def forget(tx: Tx, table: str) -> int:
    """Delete at most `MAX_ROWS` rows of a table whose time is over; return how many."""
    statement, age = RULES[table]
    return await tx.execute(statement, (age, MAX_ROWS))
