"""SQL of the market role: candles, prices, instruments, and who needs them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from ironbull_app.db.unit_of_work import Database, Tx
from ironbull_app.ports.market import BeginMarket, Series, Wanted
from ironbull_core.facts import Instrument
from ironbull_messages.market import Candle, Price
from ironbull_messages.words import Timeframe


def begin(database: Database) -> BeginMarket:
    """Return what opens the market role's transactions."""

    @asynccontextmanager
    async def transaction() -> AsyncIterator[MarketStore]:
        async with database.platform() as tx:
            yield MarketStore(tx)

    return transaction


class MarketStore:
    """One transaction of the market role."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def wanted(self, feed: str) -> Wanted:
        """Return what strategies and open positions need of a feed."""
        rows = await self._tx.rows(
            """SELECT symbol, timeframe, is_running FROM strategy, unnest(symbols) AS symbol
            WHERE feed = %(feed)s AND closed_at IS NULL
            UNION SELECT p.symbol, NULL, false FROM position p JOIN exchange_account a
                ON a.tenant_id = p.tenant_id AND a.id = p.account_id
            WHERE a.feed = %(feed)s AND p.closed_at IS NULL""",
            {"feed": feed},
        )
        return Wanted(
            frozenset(
                Series(row["symbol"], Timeframe(row["timeframe"]))
                for row in rows
                if row["is_running"]
            ),
            frozenset(row["symbol"] for row in rows),
        )

    async def recorded(self, candles: Sequence[Candle]) -> tuple[Candle, ...]:
        """Return what is stored under the keys of these candles."""
        rows = await self._tx.rows(
            """SELECT c.* FROM candle c
            JOIN unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[])
                AS w (feed, symbol, timeframe, open_at)
            USING (feed, symbol, timeframe, open_at)""",
            _keys(candles),
        )
        return tuple(_candle(row) for row in rows)

    async def add_candles(self, candles: Sequence[Candle]) -> None:
        """Store candles; one whose key is taken is left as it is."""
        if not candles:
            return
        await self._tx.execute(
            """INSERT INTO candle (feed, symbol, timeframe, open_at, close_at, open, high, low,
                close, volume)
            SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[],
                %s::timestamptz[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
                %s::numeric[])
            ON CONFLICT DO NOTHING""",
            (
                *_keys(candles),
                [candle.close_at for candle in candles],
                [candle.open for candle in candles],
                [candle.high for candle in candles],
                [candle.low for candle in candles],
                [candle.close for candle in candles],
                [candle.volume for candle in candles],
            ),
        )

    async def newest_close(self, feed: str, series: Series) -> datetime | None:
        """Return when the newest stored candle closes; None: there is none."""
        row = await self._tx.row(
            """SELECT close_at FROM candle WHERE feed = %s AND symbol = %s AND timeframe = %s
            ORDER BY open_at DESC LIMIT 1""",
            (feed, series.symbol, series.timeframe.value),
        )
        return None if row is None else row["close_at"]

    async def history(
        self, feed: str, series: Series, after: datetime | None, limit: int
    ) -> tuple[Candle, ...]:
        """Return the newest candles, or the first that close after an instant, oldest first."""
        where = (feed, series.symbol, series.timeframe.value)
        if after is None:
            rows = await self._tx.rows(
                """SELECT * FROM candle WHERE feed = %s AND symbol = %s AND timeframe = %s
                ORDER BY open_at DESC LIMIT %s""",
                (*where, limit),
            )
            rows.reverse()
        else:
            rows = await self._tx.rows(
                """SELECT * FROM candle WHERE feed = %s AND symbol = %s AND timeframe = %s
                    AND close_at > %s ORDER BY open_at LIMIT %s""",
                (*where, after, limit),
            )
        return tuple(_candle(row) for row in rows)

    async def put_instruments(self, feed: str, instruments: Sequence[Instrument]) -> None:
        """Store what can be traded."""
        await self._tx.execute(
            """INSERT INTO instrument (feed, symbol, tick_size, step_size, min_quantity,
                min_notional)
            SELECT %s, * FROM unnest(%s::text[], %s::numeric[], %s::numeric[], %s::numeric[],
                %s::numeric[])
            ON CONFLICT (feed, symbol) DO UPDATE SET tick_size = excluded.tick_size,
                step_size = excluded.step_size, min_quantity = excluded.min_quantity,
                min_notional = excluded.min_notional""",
            (
                feed,
                [one.symbol for one in instruments],
                [one.tick_size for one in instruments],
                [one.step_size for one in instruments],
                [one.min_quantity for one in instruments],
                [one.min_notional for one in instruments],
            ),
        )

    async def tick_size(self, feed: str, symbol: str) -> Decimal | None:
        """Return a symbol's price step; None: the venue does not list it."""
        row = await self._tx.row(
            "SELECT tick_size FROM instrument WHERE feed = %s AND symbol = %s", (feed, symbol)
        )
        return None if row is None else row["tick_size"]

    async def put_prices(self, prices: Sequence[Price]) -> None:
        """Store prices over those before them; market time does not go back."""
        ordered = sorted(prices, key=lambda price: price.symbol)
        await self._tx.execute(
            """INSERT INTO price (feed, symbol, bid, ask, last, as_of, at)
            SELECT * FROM unnest(%s::text[], %s::text[], %s::numeric[], %s::numeric[],
                %s::numeric[], %s::timestamptz[], %s::timestamptz[])
            ON CONFLICT (feed, symbol) DO UPDATE SET bid = excluded.bid, ask = excluded.ask,
                last = excluded.last, as_of = excluded.as_of, at = excluded.at
            WHERE price.as_of <= excluded.as_of""",
            (
                [price.feed for price in ordered],
                [price.symbol for price in ordered],
                [price.bid for price in ordered],
                [price.ask for price in ordered],
                [price.last for price in ordered],
                [price.as_of for price in ordered],
                [price.at for price in ordered],
            ),
        )


def _keys(
    candles: Sequence[Candle],
) -> tuple[list[str], list[str], list[str], list[datetime]]:
    return (
        [candle.feed for candle in candles],
        [candle.symbol for candle in candles],
        [candle.timeframe.value for candle in candles],
        [candle.open_at for candle in candles],
    )


def _candle(row: dict[str, Any]) -> Candle:
    return Candle(
        feed=row["feed"],
        symbol=row["symbol"],
        timeframe=Timeframe(row["timeframe"]),
        open_at=row["open_at"],
        close_at=row["close_at"],
        open=row["open"],
        high=row["high"],
        low=row["low"],
        close=row["close"],
        volume=row["volume"],
    )
