"""What does a venue tell everybody? Instruments, closed candles and prices, through ccxt.

The raw answers are read, since their amounts are texts; ccxt's unified ones are floats. What
cannot be believed is an error, never repaired and never replaced (defect D1).
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import ccxt.async_support as ccxt
from pydantic import ValidationError

from ironbull_app.ports.market import Series, VenueError
from ironbull_core.facts import Instrument
from ironbull_kit.clocks import Clock
from ironbull_messages import symbols
from ironbull_messages.market import MAX_HISTORY, Candle, Price

TIMEOUT_MILLISECONDS: Final = 10_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_VERSIONS: Final = (("v1", ""), ("v2", "V2"), ("v3", "V3"))


class BinanceVenue:
    """Binance's USD-margined perpetuals, or an exchange that speaks their protocol."""

    def __init__(self, feed: str, url: str | None, now: Clock) -> None:
        """Prepare; nothing is asked yet.

        Args:
            feed: the platform's id of this venue and environment.
            url: base address of a paper exchange; None: the venue's own.
            now: machine time.
        """
        self.feed = feed
        self._now = now
        self._ids: dict[str, str] = {}
        self._exchange = ccxt.binanceusdm(
            {
                "enableRateLimit": url is None,
                "maxRetriesOnFailure": 0,
                "timeout": TIMEOUT_MILLISECONDS,
                "options": {"fetchCurrencies": False},
            }
        )
        if url is not None:
            for version, suffix in _VERSIONS:
                self._exchange.urls["api"]["fapiPublic" + suffix] = f"{url}/fapi/{version}"

    async def instruments(self) -> tuple[Instrument, ...]:
        """Return what can be traded, asked anew."""
        info = await _asked("exchangeInfo", self._exchange.fapiPublicGetExchangeInfo)
        found: dict[str, tuple[str, Instrument]] = {}
        for row in _rows("exchangeInfo", info, "symbols"):
            if row.get("contractType") == "PERPETUAL" and row.get("status") == "TRADING":
                instrument = _instrument(row)
                if instrument is not None:
                    found[instrument.symbol] = (str(row["symbol"]), instrument)
        self._ids = {symbol: venue_id for symbol, (venue_id, _) in found.items()}
        return tuple(instrument for _, instrument in found.values())

    async def candles(
        self, series: Series, now: datetime, after: datetime | None, limit: int
    ) -> tuple[Candle, ...]:
        """Return closed candles, oldest first; see the port."""
        query: dict[str, object] = {
            "symbol": await self._id(series.symbol),
            "interval": series.timeframe.value,
            "limit": min(limit + 1, MAX_HISTORY),
        }
        if after is not None:
            query["startTime"] = (after - EPOCH) // timedelta(milliseconds=1)
        rows = await _asked("klines", self._exchange.fapiPublicGetKlines, query)
        if not isinstance(rows, list):
            raise VenueError(f"klines are no list but {type(rows).__name__}")
        candles = [_candle(self.feed, series, row) for row in rows]
        _check(candles, after)
        closed = tuple(candle for candle in candles if candle.close_at <= now)
        return closed[-limit:] if after is None else closed[:limit]

    async def prices(self, symbols: frozenset[str]) -> tuple[Price, ...]:
        """Return the present prices of those symbols that the venue lists."""
        at = self._now()
        books = await _asked("bookTicker", self._exchange.fapiPublicGetTickerBookTicker)
        lasts = await _asked("ticker/price", self._exchange.fapiPublicGetTickerPrice)
        if not self._ids:
            await self.instruments()
        last_of = {row["symbol"]: row for row in _rows("ticker/price", lasts)}
        book_of = {row["symbol"]: row for row in _rows("bookTicker", books)}
        listed = [(symbol, self._ids[symbol]) for symbol in sorted(symbols) if symbol in self._ids]
        return tuple(
            _price(self.feed, symbol, book_of[venue_id], last_of[venue_id], at)
            for symbol, venue_id in listed
            if venue_id in book_of and venue_id in last_of
        )

    async def close(self) -> None:
        """Let go of connections."""
        await self._exchange.close()

    async def _id(self, symbol: str) -> str:
        if not self._ids:
            await self.instruments()
        if symbol not in self._ids:
            raise VenueError(f"{self.feed} does not list {symbol}")
        return self._ids[symbol]


async def _asked(call: str, ask: Callable[..., Awaitable[Any]], query: object = None) -> Any:
    """Ask; `Any` since ccxt is untyped: whoever reads the answer checks it."""
    try:
        return await ask(query or {})
    except ccxt.BaseError as error:
        raise VenueError(f"{call}: {type(error).__name__}: {str(error)[:300]}") from error


def _rows(call: str, answer: Any, field: str | None = None) -> list[dict[str, Any]]:
    rows = answer.get(field) if field is not None and isinstance(answer, dict) else answer
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise VenueError(f"{call} holds no list of rows: {str(answer)[:120]}")
    return rows


def _instrument(row: dict[str, Any]) -> Instrument | None:
    """Read a contract; None: one that our names cannot spell."""
    try:
        symbol = symbols.from_ccxt(f"{row['baseAsset']}/{row['quoteAsset']}:{row['marginAsset']}")
    except ValueError:
        return None
    try:
        filters = {one["filterType"]: one for one in row["filters"]}
        lots = [filters["LOT_SIZE"], filters.get("MARKET_LOT_SIZE", filters["LOT_SIZE"])]
        return Instrument(
            symbol,
            tick_size=Decimal(filters["PRICE_FILTER"]["tickSize"]),
            step_size=max(Decimal(lot["stepSize"]) for lot in lots),
            min_quantity=max(Decimal(lot["minQty"]) for lot in lots),
            min_notional=Decimal(filters["MIN_NOTIONAL"]["notional"]),
        )
    except (KeyError, TypeError, InvalidOperation) as error:
        raise VenueError(f"exchangeInfo of {symbol} is incomplete: {error!r}") from error


def _candle(feed: str, series: Series, row: Any) -> Candle:
    try:
        open_at = EPOCH + timedelta(milliseconds=int(row[0]))
        return Candle(
            feed=feed,
            symbol=series.symbol,
            timeframe=series.timeframe,
            open_at=open_at,
            close_at=open_at + series.timeframe.duration,
            open=row[1],
            high=row[2],
            low=row[3],
            close=row[4],
            volume=row[5],
        )
    except (IndexError, TypeError, ValueError, OverflowError) as error:
        what = error.errors(include_url=False) if isinstance(error, ValidationError) else error
        raise VenueError(f"klines of {series.symbol} hold no candle: {what}") from error


def _check(candles: Sequence[Candle], after: datetime | None) -> None:
    """Check order and source: on the timeframe's grid, ascending, none before the asked instant."""
    before = after
    for candle in candles:
        if (candle.open_at - EPOCH) % candle.timeframe.duration:
            raise VenueError(f"{candle.symbol} opens off the grid at {candle.open_at}")
        if before is not None and candle.open_at < before:
            raise VenueError(f"{candle.symbol} opens at {candle.open_at}, before {before}")
        before = candle.close_at


def _price(
    feed: str, symbol: str, book: dict[str, Any], last: dict[str, Any], at: datetime
) -> Price:
    try:
        as_of = EPOCH + timedelta(milliseconds=min(int(book["time"]), int(last["time"])))
        return Price(
            feed=feed,
            symbol=symbol,
            bid=book["bidPrice"],
            ask=book["askPrice"],
            last=last["price"],
            as_of=as_of,
            at=at,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise VenueError(f"tickers of {symbol} hold no price: {error}") from error
