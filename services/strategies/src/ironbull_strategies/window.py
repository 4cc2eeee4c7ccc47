"""What does a strategy see? The last closed candles of one symbol, never one that is forming."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

import numpy as np

from ironbull_messages.market import Candle
from ironbull_strategies.indicators import Series


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Closed candles, oldest first.

    Args:
        price: the exact close of the newest candle.
        tick: the instrument's smallest price step.
        close_at: of the newest candle.
    """

    highs: Series
    lows: Series
    closes: Series
    price: Decimal
    tick: Decimal
    close_at: datetime

    @classmethod
    def of(cls, candles: Sequence[Candle], tick: Decimal) -> Self:
        """Make a window of at least one candle."""
        newest = candles[-1]
        return cls(
            highs=_series([candle.high for candle in candles]),
            lows=_series([candle.low for candle in candles]),
            closes=_series([candle.close for candle in candles]),
            price=newest.close,
            tick=tick,
            close_at=newest.close_at,
        )

    def __len__(self) -> int:
        """Return how many candles there are."""
        return len(self.closes)


def _series(values: Sequence[Decimal]) -> Series:
    return np.array([float(value) for value in values], dtype=np.float64)
