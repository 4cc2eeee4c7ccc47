"""A venue and a store in memory, for the market role."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from unit.strategies.series import FEED

from ironbull_app.ports.market import Series, VenueError, Wanted
from ironbull_core.facts import Instrument
from ironbull_messages.market import Candle, Price


@dataclass
class FakeVenue:
    """Lists candles and prices that the test sets; counts what it is asked."""

    candle_rows: list[Candle] = field(default_factory=list)
    price_rows: list[Price] = field(default_factory=list)
    fails: bool = False
    asked: list[datetime | None] = field(default_factory=list)

    @property
    def feed(self) -> str:
        return FEED

    async def instruments(self) -> tuple[Instrument, ...]:
        self._answer()
        return ()

    async def candles(
        self, series: Series, now: datetime, after: datetime | None, limit: int
    ) -> tuple[Candle, ...]:
        self._answer()
        self.asked.append(after)
        found = [
            candle
            for candle in self.candle_rows
            if candle.close_at <= now and candle.symbol == series.symbol
        ]
        if after is None:
            return tuple(found[-limit:])
        return tuple(candle for candle in found if candle.open_at >= after)[:limit]

    async def prices(self, symbols: frozenset[str]) -> tuple[Price, ...]:
        self._answer()
        return tuple(price for price in self.price_rows if price.symbol in symbols)

    async def close(self) -> None: ...

    def _answer(self) -> None:
        if self.fails:
            raise VenueError("away")


@dataclass
class FakeStore:
    """Keeps candles by key; a block is a transaction only in name."""

    wanted_now: Wanted = field(default_factory=lambda: Wanted(frozenset(), frozenset()))
    kept: dict[tuple[str, datetime], Candle] = field(default_factory=dict)
    prices: list[Price] = field(default_factory=list)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["FakeStore"]:
        yield self

    async def wanted(self, feed: str) -> Wanted:
        return self.wanted_now if feed == FEED else Wanted(frozenset(), frozenset())

    async def recorded(self, candles: Sequence[Candle]) -> tuple[Candle, ...]:
        keys = [(candle.symbol, candle.open_at) for candle in candles]
        return tuple(self.kept[key] for key in keys if key in self.kept)

    async def add_candles(self, candles: Sequence[Candle]) -> None:
        for candle in candles:
            self.kept.setdefault((candle.symbol, candle.open_at), candle)

    async def newest_close(self, feed: str, series: Series) -> datetime | None:
        closes = [one.close_at for (symbol, _), one in self.kept.items() if symbol == series.symbol]
        return max(closes, default=None) if feed == FEED else None

    async def history(
        self, feed: str, series: Series, after: datetime | None, limit: int
    ) -> tuple[Candle, ...]:
        found = sorted(
            (one for one in self.kept.values() if (one.feed, one.symbol) == (feed, series.symbol)),
            key=lambda one: one.open_at,
        )
        if after is None:
            return tuple(found[-limit:])
        return tuple(one for one in found if one.close_at > after)[:limit]

    async def put_instruments(self, feed: str, instruments: Sequence[Instrument]) -> None: ...

    async def tick_size(self, feed: str, symbol: str) -> Decimal | None:
        return Decimal("0.01") if symbol and feed == FEED else None

    async def put_prices(self, prices: Sequence[Price]) -> None:
        self.prices += prices
