"""What does the exchange know of an account?"""

from dataclasses import dataclass, field
from decimal import Decimal

from ironbull_paper.matching.orders import Order
from ironbull_paper.matching.position import ZERO, Position
from ironbull_paper.matching.records import Traded, Transferred
from ironbull_paper.matching.words import MarginType, Permission, PositionSide

DEFAULT_LEVERAGE = 20
PositionKey = tuple[str, PositionSide]


@dataclass(slots=True)
class Account:
    """Keep one account: money, settings, orders, positions, trades; changed by records only."""

    account_id: int
    label: str
    permissions: frozenset[Permission]
    wallet: Decimal = ZERO
    is_dual: bool = False
    leverages: dict[str, int] = field(default_factory=dict)
    margin_types: dict[str, MarginType] = field(default_factory=dict)
    positions: dict[PositionKey, Position] = field(default_factory=dict)
    position_times: dict[PositionKey, int] = field(default_factory=dict)
    orders: dict[str, list[Order]] = field(default_factory=dict)
    open_orders: dict[int, Order] = field(default_factory=dict)
    by_order_id: dict[int, Order] = field(default_factory=dict)
    by_client_id: dict[str, Order] = field(default_factory=dict)
    trades: dict[str, list[Traded]] = field(default_factory=dict)
    changes: list[Traded | Transferred] = field(default_factory=list)

    def leverage(self, symbol: str) -> int:
        """Return the leverage of a symbol."""
        return self.leverages.get(symbol, DEFAULT_LEVERAGE)

    def margin_type(self, symbol: str) -> MarginType:
        """Return the margin type of a symbol."""
        return self.margin_types.get(symbol, MarginType.CROSSED)

    def position(self, symbol: str, side: PositionSide = PositionSide.BOTH) -> Position:
        """Return a position, a flat one when there is none."""
        return self.positions.get((symbol, side), _FLAT)

    def held(self, symbol: str | None = None) -> dict[PositionKey, Position]:
        """Return the positions that are not flat, of one symbol or all."""
        return {
            key: position
            for key, position in self.positions.items()
            if not position.is_flat and symbol in {None, key[0]}
        }

    def open_in(self, symbol: str | None) -> list[Order]:
        """Return the open orders of one symbol or all, the oldest first."""
        return [
            order
            for order in self.open_orders.values()
            if symbol is None or order.accepted.symbol == symbol
        ]

    def open_with_client_id(self, client_id: str) -> Order | None:
        """Return the open order with a client id, None when none is open."""
        order = self.by_client_id.get(client_id)
        return order if order is not None and order.is_open else None


_FLAT = Position()
