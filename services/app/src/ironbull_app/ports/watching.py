"""What watch needs of the database: what is guarded, and how a crossed stop becomes a close."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ironbull_app.ports.delivery import Route
from ironbull_messages.ids import ExchangeAccountId, OrderId, PositionId, SubscriptionId
from ironbull_messages.task import OrderTask
from ironbull_messages.words import CloseReason, Leg

Market = tuple[str, str]
"""Feed and symbol."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """An open position with a stop, a target or both."""

    tenant: str
    position_id: PositionId
    account_id: ExchangeAccountId
    market: Market
    leg: Leg
    stop_loss: Decimal | None
    take_profit: Decimal | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why a position must close, and at which market time."""

    reason: CloseReason
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Unprotected:
    """An open position, locked, that no close is under way for."""

    tenant: str
    position_id: PositionId
    account_id: ExchangeAccountId
    subscription_id: SubscriptionId
    market: Market
    leg: Leg
    quantity: Decimal
    closes: int
    """Closes that watch made of this position for any trigger, all of them ended."""
    route: Route | None
    """None: no member serves the account now; the close waits."""


@dataclass(frozen=True, slots=True)
class Close:
    """An order that closes a position, and its task; None: it waits for a member."""

    id: OrderId
    n: int
    cause: str
    reason: CloseReason
    of: Unprotected
    as_of: datetime
    task: OrderTask | None


@dataclass(frozen=True, slots=True)
class WaitingClose:
    """A planned close that waits for nothing but a member, and where it may go now."""

    tenant: str
    id: OrderId
    account_id: ExchangeAccountId
    symbol: str
    leg: Leg
    quantity: Decimal
    leverage: int
    as_of: datetime
    route: Route


class WatchStore(Protocol):
    """One transaction of watch."""

    async def guarded(self, markets: Collection[Market]) -> list[Guarded]:
        """Return the open positions of these markets that have a stop or a target."""
        ...

    async def left_open(self, limit: int) -> dict[tuple[str, PositionId], Trigger]:
        """Return positions that a close has left open, and what for they are to be closed."""
        ...

    async def lock(self, positions: Sequence[tuple[str, PositionId]]) -> list[Unprotected]:
        """Lock accounts, then positions, in id order; leave out what is closed or closing."""
        ...

    async def save(self, closes: Sequence[Close]) -> None:
        """Store orders, tasks and outbox rows."""
        ...

    async def waiting(self, limit: int) -> list[WaitingClose]:
        """Lock planned closes that wait only for a member, where there is one now."""
        ...

    async def send(self, tasks: Sequence[OrderTask]) -> None:
        """Store what goes now."""
        ...


class Watching(Protocol):
    """How watch opens a transaction, and what time it is."""

    def open(self) -> AbstractAsyncContextManager[WatchStore]:
        """Begin; the end of the block commits."""
        ...

    def now(self) -> datetime:
        """Return machine time."""
        ...
