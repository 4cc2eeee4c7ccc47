"""What leaves a transaction: tasks and outbox rows; what entered already: the inbox."""

from dataclasses import dataclass
from uuid import UUID

from ironbull_messages.base import Message
from ironbull_messages.ids import ExchangeAccountId, OrderId
from ironbull_messages.task import CancelTask, OrderTask


@dataclass(frozen=True, slots=True)
class Route:
    """Where an account's tasks go now."""

    token: str
    epoch: int
    journal_id: UUID
    control_version: int


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A task on its way to a member."""

    task: OrderTask | CancelTask


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that the relay publishes after the commit."""

    tenant: str
    id: UUID
    stream: str
    subject: str
    body: Message
    send_number: int = 1


Routes = dict[ExchangeAccountId, Route]
Ended = tuple[OrderId, str, str | None]
"""An order, its terminal state, and the reason."""
