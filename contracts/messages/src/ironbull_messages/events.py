"""What does the platform tell a tenant? One event per fact, with a derived id."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from ironbull_messages.base import Instant, Message, Name


class EventKind(StrEnum):
    """The kinds a tenant can hear of."""

    ORDER_UPDATED = "order-updated"
    TRADE_CLOSED = "trade-closed"
    PROFIT_REALISED = "profit-realised"
    ACCOUNT_CHECKED = "account-checked"


class Event(Message):
    """One fact for one tenant; `data` is flat text, amounts as strings."""

    v: Literal[1] = 1
    id: UUID
    tenant: Name
    kind: EventKind
    at: Instant
    subject_id: UUID
    """The order, trade or account that the event is about."""
    data: dict[str, str] = Field(default_factory=dict, max_length=64)
