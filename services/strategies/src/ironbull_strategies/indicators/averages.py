"""What is the average of the last values? Plain and exponential, warmed up as in TA-Lib."""

from itertools import accumulate

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ironbull_strategies.indicators import Series


def sma(values: Series, period: int) -> Series:
    """Return the mean of the last `period` values; NaN for the first `period` − 1."""
    averages = np.full(len(values), np.nan)
    if len(values) >= period:
        averages[period - 1 :] = sliding_window_view(values, period).mean(axis=1)
    return averages


def ema(values: Series, period: int) -> Series:
    """Return the exponential average, seeded with the mean of the first `period` values."""
    averages = np.full(len(values), np.nan)
    if len(values) >= period:
        weight = 2.0 / (period + 1)
        seed = float(values[:period].mean())
        later = values[period:].tolist()
        averages[period - 1 :] = list(
            accumulate(later, lambda mean, value: (value - mean) * weight + mean, initial=seed)
        )
    return averages


def wilder(values: Series, period: int) -> Series:
    """Return Wilder's running average of all values, seeded with the mean of the first `period`."""
    averages = np.full(len(values), np.nan)
    if len(values) >= period:
        seed = float(values[:period].mean())
        later = values[period:].tolist()
        averages[period - 1 :] = list(
            accumulate(later, lambda m, value: (m * (period - 1) + value) / period, initial=seed)
        )
    return averages
