"""Bet on the return from an extreme of the relative strength index."""

from dataclasses import dataclass
from typing import Final

from ironbull_messages.words import Leg
from ironbull_strategies.indicators.oscillators import rsi
from ironbull_strategies.indicators.ranges import atr
from ironbull_strategies.opinions import Opinion, turn
from ironbull_strategies.parameters import Parameter, Values
from ironbull_strategies.strategy import State, is_due
from ironbull_strategies.window import Window

PARAMETERS: Final = (
    Parameter("rsi_period", "integer", "14", "2", "90", "candles of the index"),
    Parameter("rsi_overbought", "number", "70", "51", "95", "back below it: turn short"),
    Parameter("rsi_oversold", "number", "30", "5", "49", "back above it: turn long"),
    Parameter("sl", "number", "2", "0.1", "20", "distance of the stop in ATR(14)"),
    Parameter("tp", "number", "3", "0.1", "50", "distance of the target in ATR(14)"),
)
ATR_PERIOD: Final = 14
WINDOW_PER_PERIOD: Final = 15
"""The weight of what Wilder's average forgets so is e⁻¹⁵."""
WINDOW_SPARE: Final = 50
MIN_WINDOW: Final = 200
SETTLED_AFTER: Final = 5
"""Periods at the window's begin whose index still depends on where it begins: no events there."""
EXTREME: Final = 10.0
"""So far beyond its threshold the index is extreme: 20 and 80 by default."""
BASE_CONFIDENCE: Final = 70
EXTREME_CONFIDENCE: Final = 80
BONUSES: Final = ((10.0, 15), (5.0, 10))
"""How far beyond the threshold the index was, and what that adds to confidence."""


@dataclass(frozen=True, slots=True)
class Event:
    """One candle's reason to turn.

    Args:
        depth: how far beyond the threshold the index was before it came back.
    """

    leg: Leg
    is_extreme: bool
    depth: float


@dataclass(frozen=True, slots=True)
class Rsi:
    """Turn when the index comes back over a threshold, or falls into an extreme."""

    rsi_period: int = 14
    overbought: float = 70.0
    oversold: float = 30.0
    sl: float = 2.0
    tp: float = 3.0

    @classmethod
    def build(cls, values: Values) -> "Rsi":
        """Make the strategy of checked values."""
        return cls(
            rsi_period=values.integer("rsi_period"),
            overbought=values.number("rsi_overbought"),
            oversold=values.number("rsi_oversold"),
            sl=values.number("sl"),
            tp=values.number("tp"),
        )

    @property
    def window_length(self) -> int:
        """Return how many candles an opinion depends on."""
        return max(WINDOW_PER_PERIOD * self.rsi_period + WINDOW_SPARE, MIN_WINDOW)

    def judge(self, window: Window, state: State) -> tuple[tuple[Opinion, ...], State]:
        """Speak at an event, unless the last event of the window spoke for the same leg."""
        if not is_due(window, state, self.window_length):
            return (), state
        index = rsi(window.closes[-self.window_length :], self.rsi_period)
        index = index[SETTLED_AFTER * self.rsi_period :]
        before: Leg | None = None
        event: Event | None = None
        pairs = list(zip(index[:-1].tolist(), index[1:].tolist(), strict=True))
        for number, (earlier, later) in enumerate(pairs, start=1):
            event = self._event(earlier, later)
            if event is not None and number < len(pairs):
                before = event.leg
        if event is None or event.leg is before:
            return (), State(judged_at=window.close_at, direction=before)
        return self._turn(window, event), State(judged_at=window.close_at, direction=event.leg)

    def _event(self, earlier: float, later: float) -> Event | None:
        if earlier >= self.oversold - EXTREME > later:
            return Event(Leg.LONG, is_extreme=True, depth=0.0)
        if earlier <= self.overbought + EXTREME < later:
            return Event(Leg.SHORT, is_extreme=True, depth=0.0)
        if earlier < self.oversold <= later:
            return Event(Leg.LONG, is_extreme=False, depth=self.oversold - earlier)
        if earlier > self.overbought >= later:
            return Event(Leg.SHORT, is_extreme=False, depth=earlier - self.overbought)
        return None

    def _turn(self, window: Window, event: Event) -> tuple[Opinion, Opinion]:
        length = self.window_length
        ranges = atr(
            window.highs[-length:], window.lows[-length:], window.closes[-length:], ATR_PERIOD
        )
        bonus = next((more for depth, more in BONUSES if event.depth > depth), 0)
        what = "fell into an extreme" if event.is_extreme else "came back over its threshold"
        return turn(
            window,
            event.leg,
            stop_distance=float(ranges[-1]) * self.sl,
            target_distance=float(ranges[-1]) * self.tp,
            confidence=EXTREME_CONFIDENCE if event.is_extreme else BASE_CONFIDENCE + bonus,
            reason=f"RSI of {self.rsi_period} {what}",
        )
