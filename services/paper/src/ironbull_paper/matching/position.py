"""What is a position, and what does a fill make of it?"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

MONEY_QUANTUM = Decimal("0.00000001")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Position:
    """Hold a signed quantity and its signed cost (quantity times weighted entry price)."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO

    @property
    def is_flat(self) -> bool:
        """Say whether nothing is held."""
        return not self.quantity

    @property
    def entry_price(self) -> Decimal:
        """Return the weighted average entry price, zero when flat."""
        return ZERO if self.is_flat else self.cost / self.quantity

    def unrealised(self, price: Decimal) -> Decimal:
        """Return the profit there would be at a price, before fees."""
        return (self.quantity * price - self.cost).quantize(MONEY_QUANTUM)

    def margin(self, price: Decimal, leverage: int) -> Decimal:
        """Return the initial margin that the position needs at a price."""
        return (abs(self.quantity) * price / leverage).quantize(MONEY_QUANTUM)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold a position after a fill and the profit that the fill realised, before fees."""

    position: Position
    realised: Decimal


def fill(position: Position, signed_quantity: Decimal, price: Decimal) -> Outcome:
    """Add a fill; what goes against the position closes it first, the rest opens anew.

    Over a round trip the realised profits sum to sales minus purchases exactly: a part's cost is
    rounded to 10⁻⁸ and the last part takes all that is left.
    """
    if position.quantity * signed_quantity >= 0:
        return Outcome(_added(position, signed_quantity, price), ZERO)
    if abs(signed_quantity) < abs(position.quantity):
        share = position.cost * abs(signed_quantity) / abs(position.quantity)
        cost = share.quantize(MONEY_QUANTUM, rounding=ROUND_HALF_EVEN)
        left = Position(position.quantity + signed_quantity, position.cost - cost)
        return Outcome(left, -signed_quantity * price - cost)
    realised = position.quantity * price - position.cost
    rest = signed_quantity + position.quantity
    return Outcome(_added(Position(), rest, price) if rest else Position(), realised)


def closing_quantity(position: Position, sign: int) -> Decimal:
    """Return how much of a position an order of that sign can close."""
    return abs(position.quantity) if position.quantity * sign < 0 else ZERO


def _added(position: Position, signed_quantity: Decimal, price: Decimal) -> Position:
    return Position(position.quantity + signed_quantity, position.cost + signed_quantity * price)
