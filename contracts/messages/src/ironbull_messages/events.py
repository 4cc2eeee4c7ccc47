"""What does the platform tell a tenant? One event per fact, with a derived id."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from ironbull_messages.base import Instant, Message, Name


class EventKind(StrEnum):
    """The kinds a tenant can hear of."""

    TRADE_CLOSED = "trade-closed"
    PROFIT_REALISED = "profit-realised"


class Event(Message):
    """One fact for one tenant; `data` is flat text, amounts as strings."""

    v: Literal[1] = 1
    id: UUID
    tenant: Name
    kind: EventKind
    at: Instant
    subject_id: UUID
    """The trade that the event is about."""
    data: dict[str, str] = Field(default_factory=dict, max_length=64)
