"""Indicators equal TA-Lib's, warm-up included, and know nothing of the future."""

from collections.abc import Callable

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from ironbull_strategies.indicators import Series
from ironbull_strategies.indicators.averages import ema, sma
from ironbull_strategies.indicators.oscillators import rsi
from ironbull_strategies.indicators.ranges import atr

SERIES = 1_000
MAX_LENGTH = 300
MAX_PERIOD = 60
RELATIVE_ERROR = 1e-9

Bars = tuple[Series, Series, Series]
PAIRS: dict[str, tuple[Callable[[Bars, int], Series], Callable[[Bars, int], Series]]] = {
    "sma": (lambda b, n: sma(b[2], n), lambda b, n: talib.SMA(b[2], n)),
    "ema": (lambda b, n: ema(b[2], n), lambda b, n: talib.EMA(b[2], n)),
    "rsi": (lambda b, n: rsi(b[2], n), lambda b, n: talib.RSI(b[2], n)),
    "atr": (lambda b, n: atr(*b, n), lambda b, n: talib.ATR(*b, n)),
}


def bars(random: np.random.Generator, length: int) -> Bars:
    scale = 10.0 ** random.uniform(-3, 5)
    walk = np.exp(random.normal(0, 0.02, length).cumsum())
    flat = random.random(length) < random.choice([0.0, 0.3])
    for number in range(1, length):
        if flat[number]:
            walk[number] = walk[number - 1]
    closes = scale * walk
    highs = closes * (1 + np.abs(random.normal(0, 0.01, length)))
    lows = closes * (1 - np.abs(random.normal(0, 0.01, length)))
    return highs, lows, closes


@pytest.mark.parametrize("name", PAIRS)
def test_a_thousand_series_equal_talib_warm_up_included(name: str) -> None:
    ours, reference = PAIRS[name]
    random = np.random.default_rng(20_260_101)
    for _ in range(SERIES):
        length = int(random.integers(3, MAX_LENGTH))
        period = int(random.integers(2, MAX_PERIOD))
        given_bars = bars(random, length)
        expected = reference(given_bars, period)

        computed = ours(given_bars, period)

        assert np.array_equal(np.isnan(computed), np.isnan(expected))
        known = ~np.isnan(expected)
        error = np.abs(computed - expected)[known]
        assert np.all(error <= RELATIVE_ERROR * np.abs(expected[known]))


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("length", [2, 14, 15, 16])
def test_a_market_that_stands_still_equals_talib(name: str, length: int) -> None:
    ours, reference = PAIRS[name]
    still = np.full(length, 1.25)

    computed = ours((still, still, still), 14)

    assert np.array_equal(computed, reference((still, still, still), 14), equal_nan=True)


@pytest.mark.parametrize("name", PAIRS)
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(2, 120), cut=st.integers(1, 120))
def test_no_later_candle_changes_an_indicator(name: str, seed: int, length: int, cut: int) -> None:
    ours, _ = PAIRS[name]
    whole = bars(np.random.default_rng(seed), length)
    cut = min(cut, length)
    past = (whole[0][:cut], whole[1][:cut], whole[2][:cut])

    assert np.array_equal(ours(whole, 7)[:cut], ours(past, 7), equal_nan=True)
