"""The market role: candles recorded and told once they are closed, prices, past on request.

The venue's market clock is the instant on its tickers. On a paper exchange it may run thousands of
times faster than the machine's, so nothing here counts candles by the machine's clock.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from nats.aio.client import Client
from prometheus_client import Counter, Gauge

from ironbull_app.adapters.venue import BinanceVenue
from ironbull_app.db.repositories import market as repository
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.record_candles import record_candles
from ironbull_app.ports.market import BeginMarket, MarketVenue, Series, VenueError, Wanted
from ironbull_kit import clocks, logs, repeat, serve
from ironbull_kit.drain import wait
from ironbull_messages import subjects
from ironbull_messages.market import MAX_HISTORY, Candle, HistoryReply, HistoryRequest
from ironbull_messages.words import Environment, VenueType, feed_id

QUEUE: Final = "market"
NOTHING: Final = Wanted(frozenset(), frozenset())
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
WARM_UP: Final = MAX_HISTORY - 1
"""Candles fetched of a series that has none; the venue's answer holds the forming one too."""
MAX_PAGES: Final = 20
"""Pages of past fetched in one go; the next pass goes on."""
WANTED_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 1.0
INSTRUMENT_SECONDS: Final = 3_600.0
MAX_SHOWN: Final = 10
FAILURE_SECONDS: Final = 1.0
"""Pause after the venue failed."""

FAILURES: Final = Counter(
    "ironbull_venue_failures_total", "Fetches from a venue that failed.", ("feed", "what")
)
RECORDED: Final = Counter("ironbull_candles_recorded_total", "Candles stored.", ("feed",))
DIFFERING: Final = Counter(
    "ironbull_candles_refused_total", "Candles that differ from what is stored.", ("feed",)
)
MARKET_TIME: Final = Gauge(
    "ironbull_market_time_timestamp_seconds", "Market time of the newest price.", ("feed",)
)


async def run(
    database: Database, client: Client, venue_url: str | None, stopping: asyncio.Event
) -> None:
    """Serve one feed until the process should end.

    Args:
        database: where candles are kept.
        client: of the bus.
        venue_url: base address of the paper exchange; None: the venue's own, so the Live feed.
        stopping: set when the process should end.
    """
    is_live = venue_url is None
    feed = feed_id(VenueType.BINANCE, Environment.LIVE if is_live else Environment.PAPER)
    venue = BinanceVenue(feed, venue_url, clocks.machine_now)
    pace = LIVE if is_live else PAPER
    try:
        await Market(client, repository.begin(database), venue, pace=pace).run(stopping)
    finally:
        await venue.close()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a venue is asked, in seconds.

    Args:
        price: between two questions for all prices.
        candle: between two looks at what should have closed.
        gap: between two questions for a candle that should have closed: the market may rest.
    """

    price: float
    candle: float
    gap: float


PAPER: Final = Pace(price=0.1, candle=0.05, gap=0.25)
"""A paper exchange's market may run thousands of times faster than the machine's clock."""
LIVE: Final = Pace(price=1.0, candle=0.5, gap=2.0)
"""All prices weigh 7 of the 2400 requests that Binance grants an address in a minute."""


@dataclass(slots=True)
class Market:
    """One feed's loops and what they share."""

    client: Client
    begin: BeginMarket
    venue: MarketVenue
    now: datetime | None = None
    """Market time; None: no price yet."""
    _wanted: Wanted = NOTHING
    monotonic: clocks.Monotonic = clocks.monotonic
    pace: Pace = PAPER
    _progress: dict[Series, datetime] = field(default_factory=dict)
    """Series → the earliest instant at which its next candle can open."""
    _asked_at: dict[Series, float] = field(default_factory=dict)
    """Series that had nothing new → when it was asked."""
    _instruments_at: float | None = None
    _locks: dict[Series, asyncio.Lock] = field(default_factory=dict)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stopping: asyncio.Event) -> None:
        """Loop and answer until the process should end."""
        self._stopping = stopping
        every = repeat.every
        loops = [
            every(LOOK_SECONDS, "market.instruments", self.record_instruments, stopping),
            every(WANTED_SECONDS, "market.wanted", self.read_wanted, stopping),
            every(self.pace.price, "market.prices", self.record_prices, stopping),
            every(self.pace.candle, "market.candles", self.record_due, stopping),
        ]
        asked = subjects.any_history(self.venue.feed)
        history = await serve.answer(self.client, asked, QUEUE, self.history)
        await asyncio.gather(*loops)
        await history.unsubscribe()

    async def record_instruments(self) -> None:
        """Store the venue's filters, now and then anew."""
        at = self.monotonic()
        if self._instruments_at is not None and at - self._instruments_at < INSTRUMENT_SECONDS:
            return
        try:
            instruments = await self.venue.instruments()
        except VenueError as error:
            await self._failed("instruments", error)
            return
        async with self.begin() as store:
            await store.put_instruments(self.venue.feed, instruments)
        self._instruments_at = at
        logs.get().info("instruments", feed=self.venue.feed, count=len(instruments))

    async def read_wanted(self) -> None:
        """Learn what strategies and positions need."""
        async with self.begin() as store:
            self._wanted = await store.wanted(self.venue.feed)

    async def record_prices(self) -> None:
        """Store and tell the prices of all symbols that anybody needs."""
        symbols = self._wanted.symbols | {series.symbol for series in self._progress}
        if not symbols:
            return
        try:
            prices = await self.venue.prices(symbols)
        except VenueError as error:
            await self._failed("prices", error)
            return
        if not prices:
            return
        async with self.begin() as store:
            await store.put_prices(prices)
        newest = max(price.as_of for price in prices)
        self.now = newest if self.now is None else max(self.now, newest)
        MARKET_TIME.labels(self.venue.feed).set(self.now.timestamp())
        for price in prices:
            await self.client.publish(subjects.price(price.feed, price.symbol), price.to_bytes())

    async def record_due(self) -> None:
        """Bring every wanted series up to market time."""
        now = self.now
        if now is None:
            return
        due = [series for series in sorted(self._wanted.series) if self._is_due(series, now)]
        await asyncio.gather(*(self._catch_up(series) for series in due))

    async def history(self, subject: str, body: bytes) -> HistoryReply | None:
        """Answer with stored candles; what is missing is fetched first. None: ask again."""
        asked = subjects.parse_series(subject)
        request = HistoryRequest.model_validate_json(body)
        if asked.feed != self.venue.feed:
            return None
        series = Series(asked.symbol, asked.timeframe)
        try:
            if self.now is None:
                await self._learn_time(series.symbol)
            await self._catch_up(series)
        except VenueError as error:
            await self._failed("history", error)
            return None
        if series not in self._progress:
            return None
        async with self.begin() as store:
            tick = await store.tick_size(self.venue.feed, series.symbol)
            if tick is None:
                return None
            candles = await store.history(self.venue.feed, series, request.after, request.limit)
        return HistoryReply(tick_size=tick, candles=candles)

    async def _learn_time(self, symbol: str) -> None:
        for price in await self.venue.prices(frozenset({symbol})):
            self.now = price.as_of if self.now is None else max(self.now, price.as_of)

    def _is_due(self, series: Series, now: datetime) -> bool:
        """Say whether a candle may have closed; in a gap of the market it is asked less often."""
        asked_at = self._asked_at.get(series)
        if asked_at is not None and self.monotonic() - asked_at < self.pace.gap:
            return False
        next_open = self._progress.get(series)
        return next_open is None or next_open + series.timeframe.duration <= now

    async def _catch_up(self, series: Series) -> None:
        """Fetch, record and tell what closed, page by page; one at a time per series."""
        lock = self._locks.setdefault(series, asyncio.Lock())
        async with lock:
            try:
                for _ in range(MAX_PAGES):
                    if self.now is None or not self._is_due(series, self.now):
                        return
                    await self._advance(series, self.now)
            except VenueError as error:
                await self._failed("candles", error)

    async def _advance(self, series: Series, now: datetime) -> None:
        after = (
            self._progress[series]
            if series in self._progress
            else await self._begin_at(series, now)
        )
        duration = series.timeframe.duration
        limit = min(max((now - after) // duration, 1), WARM_UP)
        candles = (
            await self.venue.candles(series, now, after, limit) if after + duration <= now else ()
        )
        for candle in await self._record(candles):
            subject = subjects.candle(candle.feed, candle.symbol, candle.timeframe)
            await self.client.publish(subject, candle.to_bytes())
        self._progress[series] = candles[-1].close_at if candles else after
        if not candles:
            self._asked_at[series] = self.monotonic()

    async def _begin_at(self, series: Series, now: datetime) -> datetime:
        """Record the newest past, and return from where on a candle may be missing."""
        past = await self.venue.candles(series, now, None, WARM_UP)
        async with self.begin() as store:
            newest = await store.newest_close(self.venue.feed, series)
        await self._record(past)
        if not past:
            return newest or now - (now - EPOCH) % series.timeframe.duration
        return newest if newest is not None and newest < past[0].open_at else past[-1].close_at

    async def _record(self, candles: Sequence[Candle]) -> tuple[Candle, ...]:
        """Store candles, tell of those that contradict what is stored, return the new ones."""
        recorded = await record_candles(self.begin, candles)
        RECORDED.labels(self.venue.feed).inc(len(recorded.added))
        for candle in recorded.differing[:MAX_SHOWN]:
            logs.get().error(
                "candle_differs",
                feed=candle.feed,
                symbol=candle.symbol,
                timeframe=candle.timeframe.value,
                open_at=candle.open_at,
            )
        DIFFERING.labels(self.venue.feed).inc(len(recorded.differing))
        return recorded.added

    async def _failed(self, what: str, error: VenueError) -> None:
        FAILURES.labels(self.venue.feed, what).inc()
        logs.get().warning("venue_failed", feed=self.venue.feed, what=what, why=str(error))
        await wait(self._stopping, FAILURE_SECONDS)
