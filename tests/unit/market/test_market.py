"""The market role records what closed, in order, and invents nothing."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from unit.market.fakes import FakeStore, FakeVenue
from unit.strategies.series import FEED, HOUR, START, SYMBOL, walk

from ironbull_app.ports.market import Series, Wanted
from ironbull_app.processes.market import PAPER, Market
from ironbull_messages import subjects
from ironbull_messages.market import Candle, HistoryReply, HistoryRequest, Price
from ironbull_messages.words import Timeframe

SERIES = Series(SYMBOL, Timeframe.H1)
CANDLES = walk(1, 60)


class Bus:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []

    async def publish(self, subject: str, body: bytes) -> None:
        self.said.append((subject, body))

    @property
    def candles(self) -> list[Candle]:
        told = [body for subject, body in self.said if subject.startswith("candle.")]
        return [Candle.model_validate_json(body) for body in told]


class Bench:
    """A market on fakes, at an hour of market time, with a machine clock that the test moves."""

    def __init__(self) -> None:
        self.bus, self.store, self.venue = Bus(), FakeStore(), FakeVenue(list(CANDLES))
        self.seconds = 0.0
        self.store.wanted_now = Wanted(frozenset({SERIES}), frozenset({SYMBOL}))
        self.market = self.restarted()

    def restarted(self) -> Market:
        stopped = asyncio.Event()
        stopped.set()  # so that no pause is waited for
        market = Market(
            self.bus,  # type: ignore[arg-type]  # only publish is used
            self.store.begin,
            self.venue,
            monotonic=lambda: self.seconds,
        )
        market._stopping = stopped
        return market

    async def at(self, hours: float) -> None:
        """Let the market reach an hour, and record what is due."""
        self.seconds += PAPER.gap * 2
        as_of = START + hours * HOUR
        self.venue.price_rows = [price(as_of)]
        await self.market.read_wanted()
        await self.market.record_prices()
        await self.market.record_due()


def price(as_of: datetime) -> Price:
    quote = Decimal(100)
    return Price(feed=FEED, symbol=SYMBOL, bid=quote, ask=quote, last=quote, as_of=as_of, at=as_of)


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def test_the_past_is_stored_without_being_told(bench: Bench) -> None:
    await bench.at(20.5)

    assert len(bench.store.kept) == 20
    assert bench.bus.candles == []


async def test_a_candle_is_told_once_it_closed_and_never_before(bench: Bench) -> None:
    await bench.at(20.5)
    await bench.at(20.9)
    assert bench.bus.candles == []

    await bench.at(21.0)
    await bench.at(21.1)

    assert bench.bus.candles == [CANDLES[20]]
    assert bench.bus.candles[0] in bench.store.kept.values()


async def test_candles_that_closed_together_are_told_in_order(bench: Bench) -> None:
    await bench.at(20)
    await bench.at(25.5)

    assert bench.bus.candles == CANDLES[20:25]


async def test_a_rest_of_the_market_is_asked_about_seldom_and_ends_by_itself(bench: Bench) -> None:
    bench.venue.candle_rows = CANDLES[:21] + CANDLES[40:]
    await bench.at(21)
    await bench.at(30)
    asked = len(bench.venue.asked)
    bench.seconds -= PAPER.gap * 2  # the machine's clock stands, the market's runs
    await bench.at(35)
    assert len(bench.venue.asked) == asked

    await bench.at(41.2)

    assert bench.bus.candles == [CANDLES[40]]


async def test_a_restart_fills_what_closed_meanwhile(bench: Bench) -> None:
    await bench.at(10)
    bench.market = bench.restarted()
    bench.venue.candle_rows = list(CANDLES)

    await bench.at(50)

    assert sorted(bench.store.kept) == [(SYMBOL, one.open_at) for one in CANDLES[:50]]


async def test_a_venue_that_is_away_stores_and_tells_nothing(bench: Bench) -> None:
    await bench.at(10)
    bench.venue.fails = True
    before = len(bench.store.prices)
    await bench.at(20)
    assert bench.bus.candles == []
    assert len(bench.store.prices) == before

    bench.venue.fails = False
    await bench.at(20)

    assert bench.bus.candles == CANDLES[10:20]


async def test_the_same_candle_told_otherwise_is_not_told_again(bench: Bench) -> None:
    await bench.at(10)
    rewritten = CANDLES[9].model_copy(update={"volume": Decimal(11)})
    bench.venue.candle_rows[9] = rewritten
    bench.market = bench.restarted()

    await bench.at(10.5)

    assert bench.store.kept[SYMBOL, CANDLES[9].open_at] == CANDLES[9]
    assert bench.bus.candles == []


async def test_history_fetches_what_nobody_wanted_before(bench: Bench) -> None:
    bench.venue.price_rows = [price(START + timedelta(hours=30))]

    reply = await bench.market.history(
        subjects.history(FEED, SYMBOL, Timeframe.H1), HistoryRequest(limit=5).to_bytes()
    )

    assert reply == HistoryReply(tick_size=Decimal("0.01"), candles=tuple(CANDLES[25:30]))


async def test_history_of_another_feed_or_of_a_venue_that_is_away_is_no_answer(
    bench: Bench,
) -> None:
    body = HistoryRequest(limit=5).to_bytes()
    other = subjects.history("binance-live", SYMBOL, Timeframe.H1)
    assert await bench.market.history(other, body) is None
    bench.venue.fails = True

    own = subjects.history(FEED, SYMBOL, Timeframe.H1)
    assert await bench.market.history(own, body) is None
