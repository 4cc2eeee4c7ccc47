"""What does the merchant API answer?

Rendered by `make generate`; change the API's routes and bodies instead.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    """What a later version adds is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class AccountBound(_Answer):
    """The account waits for a member to check its keys."""

    id: UUID
    status: str


class Balances(_Answer):
    """The tenant's stock and what its users hold, in USDT; at one instant."""

    at: str
    stock_gift: Decimal
    stock_self: Decimal
    users: tuple[dict[str, Any], ...]


class Done(_Answer):
    """The change is made."""

    done: bool


class Listing(_Answer):
    """A page of rows, newest first; no `next_cursor`: the last page."""

    items: tuple[dict[str, Any], ...]
    next_cursor: str | None = None


class Recharged(_Answer):
    """What was moved."""

    amount: Decimal
    kind: str
    user_id: UUID


class Subscribed(_Answer):
    """The subscription."""

    id: UUID


class UserCreated(_Answer):
    """The new user."""

    email: str
    id: UUID
    invite_code: str
    inviter_id: UUID
