"""May a delivered task be sent without looking first? Only the first delivery to one journal."""

from uuid import UUID

from ironbull_messages.task import CancelTask, OrderTask


def is_fresh(
    task: OrderTask | CancelTask, deliveries: int, journal_id: UUID, held_epoch: int | None
) -> bool:
    """Say whether nobody can have sent this task before.

    Args:
        task: as it came.
        deliveries: how often JetStream delivered this message, this time included.
        journal_id: of the journal that is open here.
        held_epoch: of the account's lease; None: not held.
    """
    return (
        task.fresh
        and deliveries == 1
        and task.journal_id == journal_id
        and task.epoch == held_epoch
    )
