"""What does the exchange know of an order, now and as of an earlier instant?"""

from dataclasses import dataclass, field
from decimal import Decimal

from ironbull_paper.matching.position import ZERO
from ironbull_paper.matching.records import OrderAccepted, Traded
from ironbull_paper.matching.words import OrderStatus, OrderType, PositionSide, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Hold what a caller wants; a market order's price is zero."""

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    client_id: str
    price: Decimal = ZERO
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    position_side: PositionSide = PositionSide.BOTH


@dataclass(frozen=True, slots=True)
class OrderView:
    """Show an order as of an instant."""

    accepted: OrderAccepted
    status: OrderStatus
    executed: Decimal
    quote: Decimal
    updated_at: int

    @property
    def average_price(self) -> Decimal:
        """Return the average price of the fills, zero without any."""
        return self.quote / self.executed if self.executed else ZERO


@dataclass(slots=True)
class Order:
    """Keep an accepted order with its trades and its end."""

    accepted: OrderAccepted
    trades: list[Traded] = field(default_factory=list)
    executed: Decimal = ZERO
    end_status: OrderStatus | None = None
    ended_at: int = 0

    @property
    def is_open(self) -> bool:
        """Say whether it may still fill."""
        return self.end_status is None

    @property
    def remaining(self) -> Decimal:
        """Return what has not filled."""
        return self.accepted.quantity - self.executed

    def seen_at(self, instant_ms: int) -> OrderView | None:
        """Show the order as of a machine time, None when it did not exist yet."""
        if self.accepted.at > instant_ms:
            return None
        seen = [trade for trade in self.trades if trade.at <= instant_ms]
        executed = sum((trade.quantity for trade in seen), ZERO)
        quote = sum((trade.quote_quantity for trade in seen), ZERO)
        status = OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW
        updated_at = seen[-1].at if seen else self.accepted.at
        if self.end_status is not None and self.ended_at <= instant_ms:
            status, updated_at = self.end_status, max(updated_at, self.ended_at)
        return OrderView(self.accepted, status, executed, quote, updated_at)
