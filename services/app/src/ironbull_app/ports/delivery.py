"""What leaves a transaction: tasks and outbox rows; what entered already: the inbox."""

from dataclasses import dataclass
from uuid import UUID

from ironbull_messages.base import Message
from ironbull_messages.ids import ExchangeAccountId


@dataclass(frozen=True, slots=True)
class Route:
    """Where an account's tasks go now."""

    token: str
    epoch: int
    journal_id: UUID
    control_version: int


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
