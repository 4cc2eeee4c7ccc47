"""What becomes of a task that nobody answers? It is sent again, by age, to today's lease holder.

Presence in the stream proves nothing; only a row in PostgreSQL does. What is sent again is never
fresh, so the node starts it from UNKNOWN and looks before it submits.
"""

from datetime import datetime
from typing import Final

from ironbull_app.ports.fleet import BeginFleet, Unheard
from ironbull_messages.task import CancelTask, OrderTask

MAX_RESENDS: Final = 500


async def sweep(begin: BeginFleet, now: datetime) -> int:
    """Send unanswered tasks again; return how many."""
    async with begin() as store:
        unheard = await store.unheard(now, MAX_RESENDS)
        if unheard:
            await store.send_again([again(one) for one in unheard])
    return len(unheard)


def again(unheard: Unheard) -> OrderTask | CancelTask:
    """Return the task for its account's present holder; only the first dispatch is fresh."""
    return unheard.task.model_copy(
        update={
            "token": unheard.token,
            "epoch": unheard.epoch,
            "journal_id": unheard.journal_id,
            "control_version": unheard.control_version,
            "fresh": False,
            "send_number": unheard.task.send_number + 1,
        }
    )
