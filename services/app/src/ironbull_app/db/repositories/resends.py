"""Which tasks are sent again, and how is that kept? By age in PostgreSQL, to today's holder."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from ironbull_app.db.repositories import delivery
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.fleet import Unheard
from ironbull_messages.task import CancelTask, OrderTask, parse_task

RESEND_AFTER: Final = timedelta(seconds=10)
MAX_RESEND_FACTOR: Final = 10


async def unheard(tx: Tx, now: datetime, limit: int) -> list[Unheard]:
    """Lock accounts in id order, then return their tasks, locked, that nobody answered for long."""
    parameters = {
        "now": now,
        "after": RESEND_AFTER,
        "most": MAX_RESEND_FACTOR,
        "limit": limit,
    }
    locked = await tx.rows(_LOCK_ACCOUNTS, parameters)
    rows = await tx.rows(_UNHEARD, parameters | {"accounts": [row["id"] for row in locked]})
    return [
        Unheard(
            task=parse_task(row["body"].encode()),
            token=row["member_token"],
            epoch=row["epoch"],
            journal_id=row["journal_id"],
            control_version=row["control_version"],
        )
        for row in rows
    ]


async def send_again(tx: Tx, tasks: Sequence[OrderTask | CancelTask]) -> None:
    """Keep under which lease each task is sent now, and put it into the outbox."""
    # Another member's journal counts its results from 1 again.
    await tx.execute(
        """UPDATE orders o SET epoch = sent.epoch,
               seq = CASE WHEN o.epoch = sent.epoch THEN o.seq ELSE 0 END
           FROM unnest(%s::text[], %s::uuid[], %s::bigint[]) AS sent (tenant_id, id, epoch)
           WHERE o.tenant_id = sent.tenant_id AND o.id = sent.id""",
        (
            [task.tenant for task in tasks],
            [task.order_id for task in tasks],
            [task.epoch for task in tasks],
        ),
    )
    await delivery.add_tasks(tx, tasks)


_DUE: Final = """
FROM task t
JOIN orders o ON o.tenant_id = t.tenant_id AND o.id = t.order_id
JOIN exchange_account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
JOIN member m ON m.tenant_id = a.tenant_id AND m.token = a.member_token
CROSS JOIN platform_state s
WHERE t.done_at IS NULL AND m.journal_id IS NOT NULL AND m.lease_until > %(now)s
    AND t.last_sent_at < %(now)s - %(after)s * least(t.send_number, %(most)s)"""
_LOCK_ACCOUNTS: Final = f"""
SELECT id FROM exchange_account WHERE (tenant_id, id) IN (
    SELECT t.tenant_id, t.account_id {_DUE} ORDER BY t.last_sent_at LIMIT %(limit)s)
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - of constants alone
_UNHEARD: Final = f"""
SELECT t.body::text AS body, a.member_token, a.epoch, m.journal_id, s.control_version
{_DUE} AND a.id = ANY(%(accounts)s)
ORDER BY t.last_sent_at LIMIT %(limit)s FOR NO KEY UPDATE OF o, t SKIP LOCKED
"""
