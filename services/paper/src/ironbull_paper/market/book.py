"""Which orders of others wait around the price at an instant?

The shape of a book (distances and sizes of its levels) is seeded per minute of the market; it moves
with the price. Sizes grow with the depth and with the volume of the bar. A taken book is whole
again for the next order: other traders replace at once what was taken.
"""

import math
import random
from collections import OrderedDict
from dataclasses import dataclass

from ironbull_paper.market.feed import SymbolFeed
from ironbull_paper.market.symbols import SymbolSpec

LEVELS = 40
SHAPES_KEPT = 256
MAX_GAP_TICKS = 3
CROWD_BOUNDS = (0.5, 2.0)
"""A bar's volume scales the sizes at least and at most by these factors."""


@dataclass(frozen=True, slots=True)
class Level:
    """Hold one price of a book (ticks) and the quantity waiting there (steps)."""

    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Book:
    """Hold both sides of a book, the best level first."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


Side = tuple[Level, ...]


class SeededBook:
    """Make the books of one symbol.

    Args:
        level_notional: mean size of the best level, in units of the quote currency.
    """

    def __init__(
        self, spec: SymbolSpec, feed: SymbolFeed, seed: int, level_notional: float
    ) -> None:
        self._spec = spec
        self._feed = feed
        self._seed = seed
        self._level_notional = level_notional
        self._shapes: OrderedDict[tuple[int, int], tuple[Side, Side]] = OrderedDict()

    def at(self, market_ms: int) -> Book:
        """Return the book at an instant."""
        price = self._feed.price(market_ms)
        below, above = self._shape(self._feed.minute(market_ms))
        bids = tuple(
            Level(price - level.price, level.quantity) for level in below if level.price < price
        )
        asks = tuple(Level(price + level.price, level.quantity) for level in above)
        return Book(bids, asks)

    def _shape(self, minute: tuple[int, int]) -> tuple[Side, Side]:
        shape = self._shapes.get(minute)
        if shape is None:
            name = f"{self._seed}/{self._spec.name}/book/{minute[0]}/{minute[1]}"
            draw = random.Random(name)  # noqa: S311 - a seeded market
            mean_steps = self._mean_steps(minute[0])
            shape = (self._side(draw, mean_steps), self._side(draw, mean_steps))
            self._shapes[minute] = shape
            if len(self._shapes) > SHAPES_KEPT:
                self._shapes.popitem(last=False)
        return shape

    def _side(self, draw: random.Random, mean_steps: float) -> Side:
        """Return levels whose `price` is the distance from the middle, in ticks."""
        levels = []
        distance = self._spec.spread_ticks
        for depth in range(LEVELS):
            size = draw.expovariate(1 / (mean_steps * (1 + depth / 2)))
            levels.append(Level(distance, max(1, round(size))))
            distance += draw.randint(1, MAX_GAP_TICKS)
        return tuple(levels)

    def _mean_steps(self, index: int) -> float:
        bar = self._feed.bar(index)
        before = self._feed.bar(max(0, index - 1))
        crowd = math.sqrt(bar.volume / max(1, before.volume))
        crowd = min(CROWD_BOUNDS[1], max(CROWD_BOUNDS[0], crowd))
        price = float(self._spec.price(bar.open))
        return max(1.0, self._level_notional * crowd / price / float(self._spec.step))
