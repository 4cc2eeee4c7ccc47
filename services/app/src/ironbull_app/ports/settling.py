"""What the settler needs of the database in one transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ironbull_app.ports.delivery import Outgoing, Route
from ironbull_core.accounting import Accounting, ClosedTrade
from ironbull_core.ledger import Book
from ironbull_core.network import Network
from ironbull_core.orders import OrderChange, OrderFacts
from ironbull_core.positions import Fill, Position
from ironbull_messages.ids import (
    ExchangeAccountId,
    OrderId,
    PositionId,
    StrategyName,
    SubscriptionId,
    UserId,
)
from ironbull_messages.result import Result
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Action, CloseReason, Leg, OrderState

OrderKey = tuple[str, OrderId]
PlaceKey = tuple[str, ExchangeAccountId, str]
"""Tenant, account, symbol: where a position is."""


@dataclass(frozen=True, slots=True)
class BookedOrder:
    """An order as it is booked, with what its fills and its successors need."""

    tenant: str
    id: OrderId
    facts: OrderFacts
    account_id: ExchangeAccountId
    user_id: UserId
    subscription_id: SubscriptionId | None
    symbol: str
    action: Action
    leg: Leg
    quantity: Decimal
    leverage: int
    stop_loss: Decimal | None
    take_profit: Decimal | None
    close_reason: CloseReason | None
    after_order_id: OrderId | None
    expires_at: datetime | None
    as_of: datetime
    strategy: StrategyName | None
    """None: it belongs to no subscription."""
    route: Route | None
    """None: no member serves the account now."""

    @property
    def place(self) -> PlaceKey:
        """Return where its position is."""
        return self.tenant, self.account_id, self.symbol


@dataclass(frozen=True, slots=True)
class NewFill:
    """A venue trade that was not booked before, in core's words."""

    order: OrderKey
    fill: Fill


@dataclass(frozen=True, slots=True)
class Billing:
    """How a tenant's trades are billed; frozen on a position at its opening."""

    share: Decimal
    platform_share_to_root: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """A closed position, its trade, the network of that moment, and what was charged and paid."""

    position: Position
    trade: ClosedTrade
    network: Network
    accounting: Accounting


@dataclass(frozen=True, slots=True)
class ChangedOrder:
    """What one result changed of an order."""

    order: BookedOrder
    change: OrderChange
    booked: Decimal
    result: Result


class SettleStore(Protocol):
    """One transaction of the settler."""

    async def claim(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return those that were never handled, and mark them."""
        ...

    async def lock(self, results: Sequence[Result]) -> dict[OrderKey, BookedOrder]:
        """Lock accounts, then orders, in id order; return the orders of the results."""
        ...

    async def add_fills(
        self, results: Sequence[Result], orders: dict[OrderKey, BookedOrder]
    ) -> list[NewFill]:
        """Book trades; return those that are new, in the venue's order."""
        ...

    async def still_opening(self, places: Sequence[PlaceKey]) -> frozenset[tuple[PlaceKey, Leg]]:
        """Return where, and on which leg, trades of an opening may still come, not without end."""
        ...

    async def positions(self, places: Sequence[PlaceKey]) -> dict[PlaceKey, Position]:
        """Return the open positions there, locked."""
        ...

    async def save_positions(self, positions: Sequence[tuple[str, Position]]) -> None:
        """Store positions; a new one freezes its tenant's billing."""
        ...

    async def billing(
        self, positions: Sequence[tuple[str, PositionId]]
    ) -> dict[PositionId, Billing]:
        """Return the billing that was frozen on positions."""
        ...

    async def networks(
        self, users: Sequence[tuple[str, UserId]]
    ) -> dict[tuple[str, UserId], Network]:
        """Return the tree above users, with levels and equity as they are now."""
        ...

    async def book(self, trades: Sequence[tuple[ClosedTrade, Network]]) -> Book:
        """Lock every ledger account that the trades may touch."""
        ...

    async def save_settlements(self, settlements: Sequence[Settlement], book: Book) -> None:
        """Store trades and commissions, and write the book."""
        ...

    async def save_orders(self, changes: Sequence[ChangedOrder]) -> None:
        """Store what results changed, in their order; an order may come more than once."""
        ...

    async def end_orphans(self, places: Sequence[PlaceKey]) -> list[OrderKey]:
        """End planned closes there that wait for nothing but a position that is gone."""
        ...

    async def waiting(self, ended: Sequence[OrderKey]) -> list[BookedOrder]:
        """Return planned orders that wait for these, locked."""
        ...

    async def market_now(self, tenant: str) -> datetime:
        """Return the newest market time that is known."""
        ...

    async def end_planned(self, order: BookedOrder, state: OrderState, reason: str) -> None:
        """End an order that was never dispatched."""
        ...

    async def dispatch(self, order: BookedOrder, task: OrderTask) -> None:
        """Send a waiting order on its way."""
        ...

    async def finish_tasks(self, orders: Sequence[OrderKey]) -> None:
        """Mark tasks whose outcome is final and whose trades are complete."""
        ...

    async def tell(self, messages: Sequence[Outgoing]) -> None:
        """Store events."""
        ...


class Settling(Protocol):
    """How the settler opens a transaction, and what time it is."""

    def open(self) -> AbstractAsyncContextManager[SettleStore]:
        """Begin; the end of the block commits."""
        ...

    def now(self) -> datetime:
        """Return machine time."""
        ...
