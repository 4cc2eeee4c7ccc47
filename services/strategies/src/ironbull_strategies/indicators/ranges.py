"""How far does the price travel within a candle? True range and Wilder's average of it."""

import numpy as np

from ironbull_strategies.indicators import Series
from ironbull_strategies.indicators.averages import wilder


def true_range(highs: Series, lows: Series, closes: Series) -> Series:
    """Return the largest of high − low and both distances from the close before; NaN first."""
    ranges = np.full(len(closes), np.nan)
    before = closes[:-1]
    ranges[1:] = np.maximum(
        highs[1:] - lows[1:], np.maximum(np.abs(highs[1:] - before), np.abs(lows[1:] - before))
    )
    return ranges


def atr(highs: Series, lows: Series, closes: Series, period: int) -> Series:
    """Return the average true range; NaN for the first `period` values; no floor (defect D7)."""
    averages = np.full(len(closes), np.nan)
    if len(closes) > period:
        averages[1:] = wilder(true_range(highs, lows, closes)[1:], period)
    return averages
