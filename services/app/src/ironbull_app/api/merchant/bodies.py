"""What does a tenant send and get? Closed models, amounts as strings, instants with Z."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from ironbull_app.api import patterns
from ironbull_app.api.card_amount import CardAmount
from ironbull_messages.amounts import Amount, PositiveAmount, UnsignedAmount
from ironbull_messages.base import Instant, Message, Name
from ironbull_messages.words import PointKind, RiskMode

Email = Annotated[str, StringConstraints(pattern=patterns.EMAIL, max_length=254, to_lower=True)]
InviteCode = Annotated[str, StringConstraints(pattern=patterns.INVITE_CODE)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80)]
KeyText = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class UserRequest(Message):
    """Create a user; without a code it stands below the tenant's root."""

    email: Email
    invite_code: InviteCode | None = None


class UserCreated(Message):
    """The new user."""

    id: UUID
    email: str
    invite_code: str
    inviter_id: UUID


class MarketNodeRequest(Message):
    """Set whether a user may earn level-difference and peer rewards."""

    is_market_node: bool


class AccountRequest(Message):
    """Bind an exchange account; the keys are sealed and never come back."""

    venue: Name
    label: Label
    api_key: KeyText = Field(repr=False)
    api_secret: KeyText = Field(repr=False)
    passphrase: Annotated[str, StringConstraints(max_length=512)] = Field(default="", repr=False)


class AccountBound(Message):
    """The account waits for a member to check its keys."""

    id: UUID
    status: str = "pending_check"


class RechargeRequest(Message):
    """Move point cards from the tenant's stock to the user."""

    kind: PointKind
    amount: CardAmount


class Recharged(Message):
    """What was moved."""

    user_id: UUID
    kind: PointKind
    amount: Amount


class SubscriptionRequest(Message):
    """Let an account follow a strategy; what is left out is the strategy's own."""

    account_id: UUID
    strategy: Name
    capital_usdt: UnsignedAmount = Field(default="0", validate_default=True)
    leverage: Annotated[int, Field(ge=1, le=125)] | None = None
    risk_mode: RiskMode | None = None
    max_loss_usdt: PositiveAmount | None = None
    ratio_percent: Annotated[int, Field(ge=1, le=100)] = 100


class Subscribed(Message):
    """The subscription."""

    id: UUID


class Done(Message):
    """The change is made."""

    done: bool = True


class Listing(Message):
    """A page of rows, newest first; no `next_cursor`: the last page."""

    items: tuple[dict[str, Any], ...]
    next_cursor: str | None = None


class Balances(Message):
    """The tenant's stock and what its users hold, in USDT; at one instant."""

    at: Instant
    stock_self: Amount
    stock_gift: Amount
    users: tuple[dict[str, Any], ...]
