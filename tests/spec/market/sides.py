"""The market role's two ports, each as the fake of the unit tests and as the real one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from unit.market.fakes import FakeStore, FakeVenue
from unit.strategies.series import FEED, SYMBOL, walk

from ironbull_app.adapters.venue import BinanceVenue
from ironbull_app.db import migrate
from ironbull_app.db.repositories import market as repository
from ironbull_app.db.unit_of_work import Database
from ironbull_app.ports.market import BeginMarket, MarketVenue
from ironbull_kit.clocks import machine_now
from ironbull_local.database import RoleUrls
from ironbull_messages.market import Price

NOBODY = "http://127.0.0.1:9"
CANDLES = walk(seed=3, length=40)


@dataclass
class Market:
    """A venue that answers, one that does not, and the venue's own now."""

    venue: MarketVenue
    away: MarketVenue

    async def now(self) -> datetime:
        """Return market time as the price tells it."""
        (price,) = await self.venue.prices(frozenset({SYMBOL}))
        return price.as_of


def fake_market() -> Market:
    (last, forming) = CANDLES[-2:]
    price = Price(
        feed=FEED,
        symbol=SYMBOL,
        bid=last.close - Decimal("0.01"),
        ask=last.close,
        last=last.close,
        as_of=forming.open_at + (forming.close_at - forming.open_at) / 2,
        at=datetime.now(UTC),
    )
    rows = FakeVenue(candle_rows=list(CANDLES), price_rows=[price])
    return Market(rows, FakeVenue(fails=True))


def binance_market(url: str) -> Market:
    """Return the real adapter on an exchange of its protocol; the caller closes both venues."""
    return Market(*(BinanceVenue(FEED, one, machine_now) for one in (url, NOBODY)))


@asynccontextmanager
async def postgres_store(urls: RoleUrls) -> AsyncIterator[BeginMarket]:
    migrate.upgrade(urls.owner)
    database = Database(urls.platform)
    await database.open()
    yield repository.begin(database)
    await database.close()


@asynccontextmanager
async def memory_store() -> AsyncIterator[BeginMarket]:
    yield FakeStore().begin
