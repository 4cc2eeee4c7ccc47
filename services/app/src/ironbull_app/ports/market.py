"""What the market role needs: a venue's public data, and a place for candles and prices."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ironbull_core.facts import Instrument
from ironbull_messages.market import Candle, Price
from ironbull_messages.words import Timeframe


class VenueError(ConnectionError):
    """The venue did not answer, or what it said cannot be believed; nothing is made up instead."""


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One row of candles of a feed."""

    symbol: str
    timeframe: Timeframe


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a feed's strategies and positions need: series of those that run, prices of all."""

    series: frozenset[Series]
    symbols: frozenset[str]


class MarketVenue(Protocol):
    """The public side of one venue; every call may raise `VenueError`."""

    @property
    def feed(self) -> str:
        """Return the feed's id."""
        ...

    async def instruments(self) -> tuple[Instrument, ...]:
        """Return what can be traded, asked anew."""
        ...

    async def candles(
        self, series: Series, now: datetime, after: datetime | None, limit: int
    ) -> tuple[Candle, ...]:
        """Return closed candles, oldest first.

        Args:
            series: which.
            now: market time; what closes later is still forming.
            after: those that open then or later; None: the newest ones.
            limit: at most so many.
        """
        ...

    async def prices(self, symbols: frozenset[str]) -> tuple[Price, ...]:
        """Return the present prices of those symbols that the venue lists."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class MarketStore(Protocol):
    """One transaction of the market role."""

    async def wanted(self, feed: str) -> Wanted:
        """Return what strategies and open positions need of a feed."""
        ...

    async def recorded(self, candles: Sequence[Candle]) -> tuple[Candle, ...]:
        """Return what is stored under the keys of these candles."""
        ...

    async def add_candles(self, candles: Sequence[Candle]) -> None:
        """Store candles; one whose key is taken is left as it is."""
        ...

    async def newest_close(self, feed: str, series: Series) -> datetime | None:
        """Return when the newest stored candle closes; None: there is none."""
        ...

    async def history(
        self, feed: str, series: Series, after: datetime | None, limit: int
    ) -> tuple[Candle, ...]:
        """Return the newest candles, or the first that close after an instant, oldest first."""
        ...

    async def put_instruments(self, feed: str, instruments: Sequence[Instrument]) -> None:
        """Store what can be traded."""
        ...

    async def tick_size(self, feed: str, symbol: str) -> Decimal | None:
        """Return a symbol's price step; None: the venue does not list it."""
        ...

    async def put_prices(self, prices: Sequence[Price]) -> None:
        """Store prices over those before them."""
        ...


BeginMarket = Callable[[], AbstractAsyncContextManager[MarketStore]]
"""Opens a transaction; the end of the block commits."""
