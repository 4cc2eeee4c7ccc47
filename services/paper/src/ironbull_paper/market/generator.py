"""Which bars does an invented market give, for a seed?

A geometric walk whose drift and volatility follow regimes (rise, fall, range, storm) that last for
a day or two each, so that followers of trends and of reversals both win and lose. The further the
price is from its start the likelier the next trend leads back, so it never runs away.
"""

import math
import random
from dataclasses import dataclass

from ironbull_paper.market.bars import BAR_MS, Bar

MAX_BARS = 2_000_000
"""Bound of an invented market's length: 228 years of hours."""
HOMESICKNESS = 6.0
"""How strongly the choice of the next trend leans towards the start price (per unit of log)."""


@dataclass(frozen=True, slots=True)
class Temper:
    """Describe an invented market: where it starts (ticks) and how wildly an hour moves."""

    start_ticks: int
    hourly_sigma: float
    hourly_volume: int


@dataclass(frozen=True, slots=True)
class Regime:
    """Describe a phase of a market; drift, volatility are in units of the hourly sigma."""

    drift: float
    volatility: float
    reversion: float
    mean_hours: float


RISE = Regime(drift=0.30, volatility=0.80, reversion=0.0, mean_hours=30)
FALL = Regime(drift=-0.30, volatility=0.90, reversion=0.0, mean_hours=30)
RANGE = Regime(drift=0.0, volatility=0.75, reversion=0.18, mean_hours=40)
STORM = Regime(drift=0.0, volatility=1.90, reversion=0.05, mean_hours=10)


class GeneratedBars:
    """Generate the bars of one symbol in order, on demand, from a seed."""

    def __init__(self, name: str, seed: int, temper: Temper, origin_ms: int) -> None:
        self._temper = temper
        self._origin_ms = origin_ms
        self._random = random.Random(f"{seed}/{name}/bars")  # noqa: S311 - a seeded market
        self._bars: list[Bar] = []
        self._level = 0.0  # log of the price relative to the start
        self._anchor = 0.0  # the level around which a range swings
        self._regime = RANGE
        self._hours_left = 0

    def bar(self, index: int) -> Bar:
        """Return the bar of an index, inventing all up to it first."""
        if index >= MAX_BARS:
            raise OverflowError(f"an invented market ends after {MAX_BARS} bars")
        while len(self._bars) <= index:
            self._bars.append(self._next())
        return self._bars[index]

    def index_at(self, market_ms: int) -> int:
        """Return the last bar that opened at or before an instant, -1 when none had."""
        return max(-1, (market_ms - self._origin_ms) // BAR_MS)

    def _next(self) -> Bar:
        if self._hours_left == 0:
            self._turn()
        self._hours_left -= 1
        regime, sigma = self._regime, self._temper.hourly_sigma
        pull = regime.reversion * (self._anchor - self._level)
        move = pull + sigma * (regime.drift + regime.volatility * self._random.gauss(0, 1))
        was, self._level = self._level, self._level + move
        reach = sigma * regime.volatility * 0.5
        above = max(was, self._level) + reach * abs(self._random.gauss(0, 1))
        below = min(was, self._level) - reach * abs(self._random.gauss(0, 1))
        crowd = math.exp(self._random.gauss(0, 0.4)) * (0.5 + abs(move) / sigma)
        return Bar(
            self._origin_ms + len(self._bars) * BAR_MS,
            self._ticks(was),
            self._ticks(above),
            self._ticks(below),
            self._ticks(self._level),
            max(1, round(self._temper.hourly_volume * crowd)),
        )

    def _turn(self) -> None:
        """Choose the next regime and how long it lasts."""
        rise = 1 / (1 + math.exp(HOMESICKNESS * self._level))
        draw = self._random.random()
        if draw < 0.6:
            self._regime = RISE if draw < 0.6 * rise else FALL
        else:
            self._regime = RANGE if draw < 0.9 else STORM
        self._anchor = self._level
        self._hours_left = 1 + int(self._random.expovariate(1 / self._regime.mean_hours))

    def _ticks(self, level: float) -> int:
        return max(1, round(self._temper.start_ticks * math.exp(level)))
