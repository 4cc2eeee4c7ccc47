"""What does one strategy say about one symbol, candle by candle? Candles in, signals out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ironbull_messages import ids
from ironbull_messages.market import Candle
from ironbull_messages.resources import Strategy as StrategyDocument
from ironbull_messages.resources import strategy_version
from ironbull_messages.signal import Signal
from ironbull_strategies import registry
from ironbull_strategies.opinions import Opinion
from ironbull_strategies.strategy import State
from ironbull_strategies.window import Window


class Fit(StrEnum):
    """How a candle follows the ones before it."""

    NEXT = "next"
    KNOWN = "known"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose opinion it is, about what."""

    tenant: str
    strategy: str
    version: str
    feed: str
    symbol: str


class Line:
    """Keep the window and the state of one strategy on one symbol."""

    def __init__(self, document: StrategyDocument, feed: str, symbol: str) -> None:
        """Start empty.

        Raises:
            Problem: as `registry.build`.
        """
        self._strategy = registry.build(document.spec)
        self._candles: deque[Candle] = deque(maxlen=self._strategy.window_length)
        self._state = State()
        self.timeframe = document.spec.timeframe
        self.origin = Origin(
            document.tenant, document.metadata.name, strategy_version(document.spec), feed, symbol
        )

    @property
    def window_length(self) -> int:
        """Return how many candles an opinion depends on."""
        return self._strategy.window_length

    @property
    def newest(self) -> Candle | None:
        """Return the newest candle; None: there is none."""
        return self._candles[-1] if self._candles else None

    def fit(self, candle: Candle) -> Fit:
        """Say how a candle follows; without candles everything is a gap."""
        newest = self.newest
        if newest is None or candle.open_at > newest.close_at:
            return Fit.GAP
        return Fit.NEXT if candle.open_at == newest.close_at else Fit.KNOWN

    def warm_up(self, candles: Sequence[Candle], tick: Decimal, last: int) -> tuple[Signal, ...]:
        """Forget all, take the past, and return the signals of its `last` candles."""
        self._candles.clear()
        self._state = State()
        self._candles.extend(candles[: max(len(candles) - last, 0)])
        return self.extend(candles[max(len(candles) - last, 0) :], tick)

    def extend(self, candles: Sequence[Candle], tick: Decimal) -> tuple[Signal, ...]:
        """Take candles that follow, across what gaps the market has, and return their signals."""
        signals: list[Signal] = []
        for candle in candles:
            newest = self.newest
            if newest is not None and candle.open_at < newest.close_at:
                continue
            self._candles.append(candle)
            opinions, self._state = self._strategy.judge(
                Window.of(self._candles, tick), self._state
            )
            signals += [self._signal(candle, opinion) for opinion in opinions]
        return tuple(signals)

    def _signal(self, candle: Candle, opinion: Opinion) -> Signal:
        origin = self.origin
        cause = (origin.tenant, origin.strategy, origin.version, origin.symbol)
        return Signal(
            id=ids.signal_id(
                *cause, self.timeframe.value, candle.close_at, opinion.action, opinion.leg
            ),
            tenant=origin.tenant,
            strategy=origin.strategy,
            strategy_version=origin.version,
            feed=origin.feed,
            symbol=origin.symbol,
            timeframe=self.timeframe,
            close_at=candle.close_at,
            action=opinion.action,
            leg=opinion.leg,
            price=opinion.price,
            stop_loss=opinion.stop_loss,
            take_profit=opinion.take_profit,
            confidence=opinion.confidence,
            reason=opinion.reason,
        )
