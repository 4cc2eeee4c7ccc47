"""What the market role may expect of its store, fake or real."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from spec.market.sides import CANDLES
from unit.strategies.series import FEED, SYMBOL

from ironbull_app.ports.market import BeginMarket, Series, Wanted
from ironbull_messages.market import Price
from ironbull_messages.words import Timeframe

HOURS = Series(SYMBOL, Timeframe.H1)
ELSEWHERE = replace(HOURS, symbol="ETH-USDT-SWAP")
TEN = CANDLES[:10]


async def test_s01_an_empty_store_knows_nothing(begin: BeginMarket) -> None:
    async with begin() as store:
        assert await store.wanted(FEED) == Wanted(frozenset(), frozenset())
        assert await store.newest_close(FEED, HOURS) is None
        assert await store.recorded(TEN) == ()
        assert await store.history(FEED, HOURS, None, 10) == ()


async def test_s02_what_was_added_is_there_for_the_next_transaction(begin: BeginMarket) -> None:
    async with begin() as store:
        await store.add_candles(TEN)
    async with begin() as store:
        assert sorted(await store.recorded(CANDLES), key=lambda one: one.open_at) == TEN
        assert await store.newest_close(FEED, HOURS) == TEN[-1].close_at
        assert await store.newest_close("another-feed", HOURS) is None
        assert await store.newest_close(FEED, ELSEWHERE) is None


async def test_s03_a_candle_whose_key_is_taken_stays_as_it_is(begin: BeginMarket) -> None:
    other = TEN[0].model_copy(update={"volume": Decimal(99)})
    async with begin() as store:
        await store.add_candles(TEN[:1])
        await store.add_candles([other])
        assert await store.recorded([other]) == (TEN[0],)


async def test_s04_history_is_the_newest_or_what_closes_after_an_instant(
    begin: BeginMarket,
) -> None:
    async with begin() as store:
        await store.add_candles(list(reversed(TEN)))
        assert await store.history(FEED, HOURS, None, 3) == tuple(TEN[-3:])
        assert await store.history(FEED, HOURS, TEN[4].close_at, 3) == tuple(TEN[5:8])
        assert await store.history(FEED, HOURS, TEN[-1].close_at, 3) == ()
        assert await store.history("another-feed", HOURS, None, 3) == ()


async def test_s05_prices_may_be_stored_over_those_before(begin: BeginMarket) -> None:
    now = datetime.now(UTC)
    for last in (Decimal(100), Decimal(101)):
        price = Price(feed=FEED, symbol=SYMBOL, bid=last, ask=last, last=last, as_of=now, at=now)
        async with begin() as store:
            await store.put_prices([price])


async def test_s06_a_symbol_of_another_feed_has_no_price_step(begin: BeginMarket) -> None:
    async with begin() as store:
        assert await store.tick_size("another-feed", SYMBOL) is None
