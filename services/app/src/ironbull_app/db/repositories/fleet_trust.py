"""May the database believe that it knows every order of an account? Not after it was set back.

An order that it has forgotten is planned again under the same id. Its task must then not be fresh,
whoever made it, so that the node looks for the order at the venue before it submits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from ironbull_app.db.unit_of_work import Tx
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.task import CancelTask, OrderTask

MARKET_LAG: Final = timedelta(minutes=1)
"""Market time, in which signals expire, may be so far behind machine time."""


async def unfreshen(
    tx: Tx, tasks: Sequence[OrderTask | CancelTask]
) -> list[OrderTask | CancelTask]:
    """Return the tasks; those of distrusted accounts are not fresh."""
    fresh = [task for task in tasks if task.fresh]
    if not fresh:
        return list(tasks)
    rows = await tx.rows(
        """SELECT DISTINCT a.tenant_id, a.id FROM exchange_account a
           JOIN unnest(%s::text[], %s::uuid[]) AS sent (tenant_id, id)
             ON sent.tenant_id = a.tenant_id AND sent.id = a.id
           WHERE a.distrusted_at IS NOT NULL""",
        ([task.tenant for task in fresh], [task.account_id for task in fresh]),
    )
    distrusted = {(row["tenant_id"], row["id"]) for row in rows}
    return [
        task.model_copy(update={"fresh": False})
        if (task.tenant, task.account_id) in distrusted
        else task
        for task in tasks
    ]


async def trust(tx: Tx, tenant: str, accounts: Sequence[ExchangeAccountId], now: datetime) -> int:
    """Clear the mark where no signal that was forgotten can still be valid; return how many.

    Args:
        tx: the transaction.
        tenant: whose accounts.
        accounts: those that a reading made under their present lease, so after the mark, found as
            we believe them, with nothing moving.
        now: machine time.
    """
    return await tx.execute(
        """UPDATE exchange_account a SET distrusted_at = NULL
           WHERE a.tenant_id = %s AND a.id = ANY(%s) AND a.distrusted_at < %s - coalesce((
               SELECT max(s.timeframe::interval) FROM strategy s
               WHERE s.tenant_id = a.tenant_id), '0')""",
        (tenant, list(accounts), now - MARKET_LAG),
    )
