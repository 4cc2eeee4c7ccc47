"""How one-sided were the last moves? The relative strength index of Wilder, as in TA-Lib."""

from typing import Final

import numpy as np

from ironbull_strategies.indicators import Series
from ironbull_strategies.indicators.averages import wilder

NO_MOVE: Final = 1e-14
"""Gains and losses that sum to less count as no move; the index is then 0, as in TA-Lib."""


def rsi(closes: Series, period: int) -> Series:
    """Return the index, 0 to 100; NaN for the first `period` values.

    Args:
        closes: closing prices.
        period: at least 2.
    """
    index = np.full(len(closes), np.nan)
    if len(closes) <= period:
        return index
    changes = np.diff(closes)
    gains = wilder(np.maximum(changes, 0.0), period)
    losses = wilder(np.maximum(-changes, 0.0), period)
    moves = gains + losses
    still = moves < NO_MOVE
    index[1:] = np.where(still, 0.0, 100.0 * gains / np.where(still, 1.0, moves))
    return index
