"""Follow the crossing of a fast and a slow average of closes."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ironbull_messages.words import Leg
from ironbull_strategies.indicators import Series
from ironbull_strategies.indicators.averages import ema, sma
from ironbull_strategies.indicators.ranges import atr
from ironbull_strategies.opinions import Opinion, turn
from ironbull_strategies.parameters import Parameter, Values
from ironbull_strategies.strategy import State, is_due
from ironbull_strategies.window import Window

PARAMETERS: Final = (
    Parameter("fast_ma", "integer", "5", "2", "100", "candles of the fast average"),
    Parameter("slow_ma", "integer", "20", "3", "250", "candles of the slow average"),
    Parameter("use_ema", "flag", "false", "", "", "exponential averages instead of plain ones"),
    Parameter("atr_period", "integer", "14", "2", "100", "candles of the average true range"),
    Parameter("atr_sl_mult", "number", "2", "0.1", "20", "distance of the stop in ATR"),
    Parameter("atr_tp_mult", "number", "4", "0.1", "50", "distance of the target in ATR"),
)
WINDOW_PER_SLOW: Final = 5
"""The weight of what an exponential average forgets so is e⁻¹⁰."""
WINDOW_PER_ATR: Final = 12
WINDOW_SPARE: Final = 50
BASE_CONFIDENCE: Final = 70
MAX_CONFIDENCE: Final = 90
CONFIDENCE_PER_PERCENT: Final = 10


@dataclass(frozen=True, slots=True)
class MaCross:
    """Turn long when the fast average crosses above the slow one, short when below."""

    fast_ma: int = 5
    slow_ma: int = 20
    use_ema: bool = False
    atr_period: int = 14
    atr_sl_mult: float = 2.0
    atr_tp_mult: float = 4.0

    @classmethod
    def build(cls, values: Values) -> "MaCross":
        """Make the strategy of checked values."""
        return cls(
            fast_ma=values.integer("fast_ma"),
            slow_ma=values.integer("slow_ma"),
            use_ema=values.flag("use_ema"),
            atr_period=values.integer("atr_period"),
            atr_sl_mult=values.number("atr_sl_mult"),
            atr_tp_mult=values.number("atr_tp_mult"),
        )

    @property
    def window_length(self) -> int:
        """Return how many candles an opinion depends on."""
        longest = max(WINDOW_PER_SLOW * self.slow_ma, WINDOW_PER_ATR * self.atr_period)
        return longest + WINDOW_SPARE

    def judge(self, window: Window, state: State) -> tuple[tuple[Opinion, ...], State]:
        """Speak when the newest candle brought the averages to the other side."""
        if not is_due(window, state, self.window_length):
            return (), state
        seen = window.closes[-self.window_length :]
        fast, slow = self._average(seen, self.fast_ma), self._average(seen, self.slow_ma)
        distance = (fast - slow)[self.slow_ma - 1 :]
        sides = np.sign(distance[distance != 0.0])
        direction = _leg(sides[-1]) if len(sides) else None
        after = State(judged_at=window.close_at, direction=direction)
        crossed = len(sides) > 1 and distance[-1] != 0.0 and sides[-1] != sides[-2]
        if not crossed or direction is None:
            return (), after
        return self._turn(window, direction, float(fast[-1]), float(slow[-1])), after

    def _average(self, closes: Series, period: int) -> Series:
        return ema(closes, period) if self.use_ema else sma(closes, period)

    def _turn(self, window: Window, leg: Leg, fast: float, slow: float) -> tuple[Opinion, Opinion]:
        length = self.window_length
        ranges = atr(
            window.highs[-length:], window.lows[-length:], window.closes[-length:], self.atr_period
        )
        percent = abs(fast - slow) / slow * 100
        where = "above" if leg is Leg.LONG else "below"
        return turn(
            window,
            leg,
            stop_distance=float(ranges[-1]) * self.atr_sl_mult,
            target_distance=float(ranges[-1]) * self.atr_tp_mult,
            confidence=min(int(BASE_CONFIDENCE + CONFIDENCE_PER_PERCENT * percent), MAX_CONFIDENCE),
            reason=f"average of {self.fast_ma} crossed {where} that of {self.slow_ma}",
        )


def _leg(side: np.float64) -> Leg:
    return Leg.LONG if side > 0 else Leg.SHORT
