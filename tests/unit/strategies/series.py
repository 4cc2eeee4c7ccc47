"""Candles for tests of strategies: seeded walks, and candles of given closes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from ironbull_messages.market import Candle
from ironbull_messages.words import Timeframe

TICK = Decimal("0.01")
START = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEED = "binance-paper"
SYMBOL = "BTC-USDT-SWAP"


def candle(number: int, opened: Decimal, closed: Decimal, wick: Decimal = Decimal("0.3")) -> Candle:
    return Candle(
        feed=FEED,
        symbol=SYMBOL,
        timeframe=Timeframe.H1,
        open_at=START + number * HOUR,
        close_at=START + (number + 1) * HOUR,
        open=opened,
        high=max(opened, closed) + wick,
        low=min(opened, closed) - wick,
        close=closed,
        volume=Decimal(10),
    )


def of_closes(closes: Sequence[Decimal]) -> list[Candle]:
    opened = [closes[0], *closes[:-1]]
    return [candle(n, *pair) for n, pair in enumerate(zip(opened, closes, strict=True))]


def walk(seed: int, length: int) -> list[Candle]:
    steps = np.random.default_rng(seed).normal(0.0, 0.6, length).cumsum()
    closes = [(Decimal(repr(float(step))) + 100).quantize(TICK) for step in steps]
    return of_closes([max(close, Decimal(20)) for close in closes])
