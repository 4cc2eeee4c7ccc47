"""Which trades does an order make with a book or with the path of the price?"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ironbull_paper.market.book import Book, Level
from ironbull_paper.market.symbols import SymbolSpec
from ironbull_paper.matching.orders import Order
from ironbull_paper.matching.position import ZERO
from ironbull_paper.matching.words import Side


@dataclass(frozen=True, slots=True)
class Match:
    """Hold a price and the quantity that trades there."""

    price: Decimal
    quantity: Decimal


def take(
    book: Book, spec: SymbolSpec, side: Side, quantity: Decimal, limit: Decimal | None
) -> list[Match]:
    """Walk the book until the quantity is filled, the limit is passed or the book is empty."""
    matches = []
    for level in book.asks if side is Side.BUY else book.bids:
        price = spec.price(level.price)
        if quantity <= 0 or (limit is not None and (price - limit) * side.sign > 0):
            break
        taken = min(quantity, spec.quantity(level.quantity))
        matches.append(Match(price, taken))
        quantity -= taken
    return matches


def crossed(order: Order, spec: SymbolSpec, extremes: tuple[int, int], best: Level) -> Decimal:
    """Return how much of a resting order fills when the price moved between two extremes.

    All of it when the price went through the order's price, the best level's size when it only
    touched it, zero when it did not reach it.
    """
    low, high = extremes
    limit = spec.ticks(order.accepted.price)
    if order.accepted.side is Side.BUY:
        beyond = limit - (low + spec.spread_ticks)
    else:
        beyond = (high - spec.spread_ticks) - limit
    if beyond > 0:
        return order.remaining
    return min(order.remaining, spec.quantity(best.quantity)) if beyond == 0 else ZERO


def total(matches: Iterable[Match]) -> Decimal:
    """Return the quantity of all matches."""
    return sum((match.quantity for match in matches), ZERO)
