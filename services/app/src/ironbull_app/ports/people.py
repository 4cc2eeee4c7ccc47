"""What flows about users, accounts, points and subscriptions need of one tenant's transaction."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from ironbull_core.ledger import Request, Verdict
from ironbull_kit.seal import Envelope
from ironbull_messages.ids import ExchangeAccountId, SubscriptionId, UserId


@dataclass(frozen=True, slots=True)
class Person:
    """A user as flows need one."""

    id: UserId
    path: tuple[UUID, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An exchange account that is to be bound."""

    id: ExchangeAccountId
    user_id: UserId
    venue: str
    feed: str
    label: str
    envelope: Envelope
    key_hash: str


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """An account that is to follow a strategy."""

    id: SubscriptionId
    user_id: UserId
    account_id: ExchangeAccountId
    strategy: str
    capital_usdt: Decimal
    leverage: int | None
    risk_mode: str | None
    max_loss_usdt: Decimal | None
    ratio_percent: int


class PeopleStore(Protocol):
    """One transaction within one tenant."""

    tenant: str

    async def root(self) -> Person:
        """Return the tenant's root user."""
        ...

    async def by_invite_code(self, code: str) -> Person | None:
        """Return the user who invites with this code; None: nobody."""
        ...

    async def find(self, reference: str) -> Person | None:
        """Return a user by id or e-mail; None: there is none."""
        ...

    async def add_user(self, user: UserId, email: str, invite_code: str, inviter: Person) -> bool:
        """Store a user below the inviter; False: the e-mail or the code is taken."""
        ...

    async def venue_feed(self, venue: str) -> str | None:
        """Return the feed of a venue of the tenant's; None: it has none of this name."""
        ...

    async def add_account(self, account: NewAccount) -> bool:
        """Store an exchange account; False: these keys are bound already."""
        ...

    async def account_of(self, user: UserId, account: UUID) -> bool:
        """Say whether the account is this user's and not unbound."""
        ...

    async def has_strategy(self, strategy: str) -> bool:
        """Say whether the tenant has the strategy."""
        ...

    async def trades_alike(self, account: UUID, strategy: str) -> bool:
        """Say whether an account is of the kind of venue, and of money, that a strategy trades."""
        ...

    async def add_subscription(self, subscription: NewSubscription) -> bool:
        """Store or reopen a subscription; False: it is open already."""
        ...

    async def post(self, request: Request) -> Verdict:
        """Post one ledger request."""
        ...
