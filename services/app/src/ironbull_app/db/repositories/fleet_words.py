"""Does a member read what a task says? One that was not rolled yet gets it without newer words."""

from collections.abc import Sequence
from typing import Final

from ironbull_app.db.unit_of_work import Tx
from ironbull_messages.fleet import reads_of
from ironbull_messages.task import CancelTask, OrderTask

STRATEGIES: Final = 2
"""The first generation of tasks in which an opening names its strategy."""


async def understood(
    tx: Tx, tasks: Sequence[OrderTask | CancelTask]
) -> list[OrderTask | CancelTask]:
    """Return the tasks as their members read them; one that never said hello is of today.

    An older member cannot obey a switch of one strategy. No new opening comes to it, and what it
    holds already ends within a minute.
    """
    named = [task for task in tasks if isinstance(task, OrderTask) and task.strategy is not None]
    if not named:
        return list(tasks)
    rows = await tx.rows(
        """SELECT DISTINCT m.tenant_id, m.token, m.version FROM member m
           JOIN unnest(%s::text[], %s::text[]) AS sent (tenant_id, token)
             ON sent.tenant_id = m.tenant_id AND sent.token = m.token
           WHERE m.version IS NOT NULL""",
        ([task.tenant for task in named], [task.token for task in named]),
    )
    older = {
        (row["tenant_id"], row["token"]) for row in rows if reads_of(row["version"]) < STRATEGIES
    }
    return [
        task.model_copy(update={"strategy": None})
        if isinstance(task, OrderTask) and (task.tenant, task.token) in older
        else task
        for task in tasks
    ]
