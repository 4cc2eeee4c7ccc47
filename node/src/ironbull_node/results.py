"""How is what a node knows of a task told to the centre? Pure."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ironbull_messages.base import MAX_TRADES_PER_MESSAGE
from ironbull_messages.result import Result, VenueTrade
from ironbull_node.life import Life

ORDER: Final = "order"


def messages_of(life: Life) -> int:
    """Return how many messages tell of this life: one per slice of trades."""
    return len(_slices(life.trades))


def results_of(life: Life, journal_id: UUID, at: datetime) -> tuple[Result, ...]:
    """Return the messages that tell all of a life; the last one carries its `seq`.

    They carry the epoch of the task, not of the lease held now: in between another member may have
    placed the order, and only the task's own epoch lets the centre's fence see that.
    """
    slices = _slices(life.trades)
    first = life.seq - len(slices) + 1
    return tuple(
        Result(
            task_id=life.task.task_id,
            order_id=life.task.order_id,
            tenant=life.task.tenant,
            token=life.task.token,
            account_id=life.task.account_id,
            epoch=life.task.epoch,
            journal_id=journal_id,
            attempt=life.attempt,
            seq=first + index,
            kind=life.task.kind,
            state=life.state,
            reason=life.reason,
            venue_code=life.venue_code,
            client_order_id=life.client_order_id,
            venue_order_id=life.venue_order_id,
            filled_quantity=life.filled,
            trades=trades,
            evidence=life.evidence,
            at=at,
            traceparent=life.task.traceparent,
        )
        for index, trades in enumerate(slices)
    )


def message_id(result: Result) -> str:
    """Return the id by which the stream knows a repeated result; a new journal counts anew."""
    return f"{result.task_id}.{result.journal_id}.{result.seq}"


def _slices(trades: tuple[VenueTrade, ...]) -> list[tuple[VenueTrade, ...]]:
    size = MAX_TRADES_PER_MESSAGE
    return [trades[start : start + size] for start in range(0, len(trades), size)] or [()]
