"""What is a node asked to do? Place one order, or cancel one. A task carries no secret."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, TypeAdapter, model_validator

from ironbull_messages.amounts import PositiveAmount
from ironbull_messages.base import Epoch, Instant, Message, Name, Token, TraceParent
from ironbull_messages.ids import ExchangeAccountId, OrderId, StrategyName, TaskId
from ironbull_messages.symbols import Symbol
from ironbull_messages.words import Action, Lane, Leg, OrderType, Side


class _Task(Message):
    v: Literal[1] = 1
    task_id: TaskId
    order_id: OrderId
    tenant: Name
    token: Token
    account_id: ExchangeAccountId
    epoch: Epoch
    """The lease under which a submission or a claim is allowed."""
    journal_id: UUID
    """The member's journal as the centre knows it; another one makes the task start in UNKNOWN."""
    fresh: bool
    """Only the first dispatch is fresh; any other starts in UNKNOWN."""
    send_number: Annotated[int, Field(ge=1)]
    control_version: Annotated[int, Field(ge=0)]
    symbol: Symbol
    created_at: Instant
    """Machine time of the order's planning: look-ups begin here."""
    as_of: Instant
    """Market time of the cause."""
    traceparent: TraceParent | None = None


class OrderTask(_Task):
    """Place one order."""

    kind: Literal["order"] = "order"
    action: Action
    leg: Leg
    side: Side
    order_type: OrderType
    quantity: PositiveAmount
    """Base currency. For a close: at most this; the node reads the venue's position just before."""
    price: PositiveAmount | None = None
    """Limit price; None for a market order."""
    reduce_only: bool
    leverage: Annotated[int, Field(ge=1, le=125)]
    valid_until: Instant | None = None
    """Machine time, checked just before signing; None: a close never expires."""
    strategy: StrategyName | None = None
    """Whose opening it is, for its kill switch; None: a close, which none of them stops, or an
    opening of an older centre, which all of them stop."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        closing = self.action in {Action.CLOSE, Action.REDUCE}
        if closing is not self.reduce_only:
            raise ValueError(f"{self.action} must have reduce_only={closing}")
        if closing is not (self.valid_until is None):
            raise ValueError(f"{self.action} must {'not ' if closing else ''}carry valid_until")
        if (self.order_type is OrderType.LIMIT) is not (self.price is not None):
            raise ValueError(f"{self.order_type} order with price {self.price}")
        if closing and self.strategy is not None:
            raise ValueError(f"{self.action} must not carry strategy")
        return self

    @property
    def lane(self) -> Lane:
        """Return the lane: closing never waits behind opening."""
        return Lane.CLOSE if self.reduce_only else Lane.OPEN


class CancelTask(_Task):
    """Cancel the working order of this id; travels on the closing lane."""

    kind: Literal["cancel"] = "cancel"
    order_task_id: TaskId

    @property
    def lane(self) -> Lane:
        """Return the closing lane."""
        return Lane.CLOSE


Task = Annotated[OrderTask | CancelTask, Field(discriminator="kind")]
"""Any task."""

_TASK: TypeAdapter[OrderTask | CancelTask] = TypeAdapter(Task)


def parse_task(body: bytes) -> OrderTask | CancelTask:
    """Read a task from its JSON.

    Raises:
        pydantic.ValidationError: the body is no task.
    """
    return _TASK.validate_json(body)
