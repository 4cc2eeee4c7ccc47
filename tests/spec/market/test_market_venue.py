"""What the market role may expect of a venue's public side, fake or real."""

from datetime import timedelta
from itertools import pairwise

import pytest
from spec.market.sides import Market
from unit.strategies.series import FEED, SYMBOL

from ironbull_app.ports.market import Series, VenueError
from ironbull_messages.words import Timeframe

HOURS = Series(SYMBOL, Timeframe.H1)
HOUR = timedelta(hours=1)


async def test_m01_candles_are_closed_in_order_and_the_newest(market: Market) -> None:
    now = await market.now()
    candles = await market.venue.candles(HOURS, now, None, 10)
    assert len(candles) == 10
    assert all(one.close_at == other.open_at for one, other in pairwise(candles))
    assert candles[-1].close_at <= now < candles[-1].close_at + HOUR
    assert {(one.feed, one.symbol, one.timeframe) for one in candles} == {
        (FEED, SYMBOL, Timeframe.H1)
    }


async def test_m02_from_an_instant_on_come_the_first_that_open_then(market: Market) -> None:
    now = await market.now()
    (first, *_) = await market.venue.candles(HOURS, now, None, 10)
    candles = await market.venue.candles(HOURS, now, first.open_at, 3)
    assert [one.open_at for one in candles] == [first.open_at + n * HOUR for n in range(3)]


async def test_m03_what_forms_still_is_no_candle(market: Market) -> None:
    now = await market.now()
    assert await market.venue.candles(HOURS, now, now, 10) == ()


async def test_m04_the_same_candle_is_told_the_same_again(market: Market) -> None:
    now = await market.now()
    first = await market.venue.candles(HOURS, now, None, 5)
    assert await market.venue.candles(HOURS, now, first[0].open_at, 5) == first


async def test_m05_prices_are_of_the_symbols_that_were_asked_for(market: Market) -> None:
    (price,) = await market.venue.prices(frozenset({SYMBOL, "NOPE-USDT-SWAP"}))
    assert (price.feed, price.symbol) == (FEED, SYMBOL)
    assert 0 < price.bid <= price.ask
    assert await market.venue.prices(frozenset()) == ()


async def test_m06_a_venue_that_is_away_makes_nothing_up(market: Market) -> None:
    now = await market.now()
    with pytest.raises(VenueError):
        await market.away.candles(HOURS, now, None, 1)
    with pytest.raises(VenueError):
        await market.away.prices(frozenset({SYMBOL}))
    with pytest.raises(VenueError):
        await market.away.instruments()
