"""The market of the paper exchange is reproducible, without seams and true to its candles."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironbull_paper.market.bars import BAR_MS, Bar
from ironbull_paper.market.candles import (
    INTERVALS_MS,
    WEEK_MS,
    candles_after,
    latest_candles,
)
from ironbull_paper.market.clock import MarketClock
from ironbull_paper.market.feed import SymbolFeed
from ironbull_paper.market.generator import GeneratedBars
from ironbull_paper.market.path import MINUTE_MS, path_of, price_in, span_of
from ironbull_paper.market.replay import ReplayBars
from ironbull_paper.market.universe import TEMPERS, universe

MARKETS = universe(seed=7, start_index=500, level_notional=800)
SYMBOLS = sorted(MARKETS.markets)
START = MARKETS.start_ms
offsets = st.integers(min_value=0, max_value=BAR_MS)


def bars() -> st.SearchStrategy[Bar]:
    """Draw bars whose high and low enclose open and close."""
    return st.lists(st.integers(1, 10**6), min_size=4, max_size=4).map(
        lambda p: Bar(0, p[0], max(p), min(p), p[1], 10**6)
    )


def feed(symbol: str) -> SymbolFeed:
    return MARKETS.markets[symbol].feed


@given(seed=st.integers(0, 10**9))
@settings(max_examples=20)
def test_equal_seeds_give_equal_generated_bars(seed: int) -> None:
    first = GeneratedBars("BTCUSDT", seed, TEMPERS["BTCUSDT"], 0)
    second = GeneratedBars("BTCUSDT", seed, TEMPERS["BTCUSDT"], 0)
    second.bar(80)
    assert [first.bar(i) for i in range(100)] == [second.bar(i) for i in range(100)]


@given(seed=st.integers(0, 10**9))
@settings(max_examples=20)
def test_generated_bars_follow_each_other_without_a_jump(seed: int) -> None:
    source = GeneratedBars("SOLUSDT", seed, TEMPERS["SOLUSDT"], 0)
    for index in range(300):
        bar = source.bar(index)
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert source.bar(index + 1).open == bar.close
        assert source.index_at(bar.open_at + BAR_MS - 1) == index


@pytest.mark.parametrize("seed", range(5))
def test_a_generated_price_neither_runs_away_nor_stands_still(seed: int) -> None:
    temper = TEMPERS["BTCUSDT"]
    source = GeneratedBars("BTCUSDT", seed, temper, 0)
    closes = [source.bar(i).close for i in range(5000)]
    assert temper.start_ticks / 4 < min(closes)
    assert max(closes) < temper.start_ticks * 4
    assert max(closes) > 1.2 * min(closes)


@given(bar=bars(), seed=st.text(max_size=5))
def test_a_path_touches_exactly_open_high_low_and_close(bar: Bar, seed: str) -> None:
    path = path_of(bar, seed)
    assert len(path) == 61
    assert (path[0], path[-1], max(path), min(path)) == (bar.open, bar.close, bar.high, bar.low)
    assert path == path_of(bar, seed)


@given(bar=bars(), seed=st.text(max_size=3), cuts=st.lists(offsets, min_size=1, max_size=6))
def test_spans_of_a_path_join_to_the_whole_bar(bar: Bar, seed: str, cuts: list[int]) -> None:
    path = path_of(bar, seed)
    edges = sorted({0, *cuts, BAR_MS})
    spans = [span_of(path, a, b) for a, b in itertools.pairwise(edges)]
    assert max(s.high for s in spans) == bar.high
    assert min(s.low for s in spans) == bar.low
    assert spans[0].open == bar.open
    assert spans[-1].close == bar.close


@given(bar=bars(), offset=offsets)
def test_a_price_never_leaves_its_bar(bar: Bar, offset: int) -> None:
    assert bar.low <= price_in(path_of(bar, "x"), offset) <= bar.high


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_closed_candle_equals_what_the_ticks_made(symbol: str) -> None:
    now = START + 40 * BAR_MS
    for candle in latest_candles(feed(symbol), BAR_MS, now, now, 12)[:-1]:
        instants = range(candle.open_at, candle.close_at + 1, MINUTE_MS)
        ticks = [feed(symbol).price(instant) for instant in instants]
        low, high = feed(symbol).extremes(candle.open_at, candle.close_at)
        assert candle.open == ticks[0]
        assert candle.low <= min(ticks)
        assert max(ticks) <= candle.high
        assert candle.low <= low
        assert high <= candle.high
        whole = feed(symbol).span(feed(symbol).index_at(candle.open_at), 0, BAR_MS)
        assert (candle.high, candle.low, candle.close) == (whole.high, whole.low, whole.close)


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("name", ["1m", "5m", "30m", "1h", "4h", "1d", "1w"])
def test_candles_asked_from_a_start_equal_the_latest_ones(symbol: str, name: str) -> None:
    now = START + 200 * BAR_MS + 1_234_567
    interval = INTERVALS_MS[name]
    latest = latest_candles(feed(symbol), interval, now, now, 30)
    again = candles_after(
        feed(symbol), interval, start_ms=latest[0].open_at, end_ms=now, now_ms=now, limit=30
    )
    assert again == latest
    assert latest[-1].open_at <= now < latest[-1].open_at + interval


@pytest.mark.parametrize("name", ["5m", "30m"])
def test_small_candles_add_up_to_the_hour(name: str) -> None:
    now = START + 10 * BAR_MS
    hour = latest_candles(feed("ETHUSDT"), BAR_MS, now - BAR_MS, now, 1)[0]
    parts = candles_after(
        feed("ETHUSDT"),
        INTERVALS_MS[name],
        start_ms=hour.open_at,
        end_ms=hour.close_at,
        now_ms=now,
        limit=100,
    )
    assert len(parts) == BAR_MS // INTERVALS_MS[name]
    assert sum(part.volume for part in parts) == hour.volume
    assert max(part.high for part in parts) == hour.high
    assert min(part.low for part in parts) == hour.low
    assert (parts[0].open, parts[-1].close) == (hour.open, hour.close)


def test_a_forming_candle_knows_nothing_of_its_future() -> None:
    opened = START + 3 * BAR_MS
    forming = [
        latest_candles(feed("BTCUSDT"), BAR_MS, now, now, 1)[0]
        for now in range(opened, opened + BAR_MS, 7 * MINUTE_MS)
    ]
    assert forming[0].high == forming[0].low == forming[0].open
    for before, after in itertools.pairwise(forming):
        assert before.high <= after.high
        assert before.low >= after.low
        assert before.volume <= after.volume


def test_no_candle_opens_after_now_whatever_is_asked() -> None:
    far = START + 10**15
    assert not candles_after(
        feed("BTCUSDT"), BAR_MS, start_ms=far, end_ms=far, now_ms=START, limit=10
    )
    assert latest_candles(feed("BTCUSDT"), BAR_MS, far, START, 1)[-1].open_at <= START


def test_the_replayed_weekend_has_no_candles_and_keeps_its_last_price() -> None:
    week = candles_after(
        feed("EURUSDT"),
        BAR_MS,
        start_ms=START,
        end_ms=START + WEEK_MS,
        now_ms=START + WEEK_MS,
        limit=500,
    )
    gaps = [
        (before, after)
        for before, after in itertools.pairwise(week)
        if after.open_at - before.open_at > BAR_MS
    ]
    assert gaps
    for before, after in gaps:
        assert feed("EURUSDT").price(after.open_at - 1) == before.close


def test_a_replay_goes_on_mirrored_and_then_repeats_without_a_jump() -> None:
    record = [
        Bar(0, 100_000, 100_500, 99_900, 100_400, 5),
        Bar(BAR_MS, 100_400, 101_000, 100_300, 100_900, 5),
        Bar(5 * BAR_MS, 100_950, 103_000, 100_800, 102_000, 5),
    ]
    source = ReplayBars(record)
    mirrored = [source.bar(i) for i in range(3, 6)]
    assert mirrored[0].open == record[-1].close
    assert mirrored[-1].close == record[0].open
    assert all(bar.low <= min(bar.open, bar.close) for bar in mirrored)
    assert all(bar.high >= max(bar.open, bar.close) for bar in mirrored)
    assert source.bar(6).open_at == 2 * WEEK_MS
    assert source.bar(6).close == record[0].close
    for index in range(12):
        bar = source.bar(index)
        assert source.index_at(bar.open_at) == index
        assert source.index_at(bar.open_at - 1) == index - 1


@given(
    speed=st.floats(0, 10**6),
    first=st.integers(0, 10**9),
    second=st.integers(0, 10**9),
)
def test_market_time_never_goes_back_also_when_the_speed_changes(
    speed: float, first: int, second: int
) -> None:
    clock = MarketClock(START, 0, 7200)
    faster = clock.with_speed(speed, first)
    assert faster.market_ms(first) == clock.market_ms(first)
    assert faster.market_ms(first + second) >= clock.market_ms(first)


def test_a_book_is_ordered_and_equal_at_equal_instants() -> None:
    for symbol in SYMBOLS:
        market = MARKETS.markets[symbol]
        book = market.book.at(START + 12_345_678)
        assert book == universe(7, 500, 800).markets[symbol].book.at(START + 12_345_678)
        assert [level.price for level in book.bids] == sorted(
            {level.price for level in book.bids}, reverse=True
        )
        assert [level.price for level in book.asks] == sorted({level.price for level in book.asks})
        assert book.bids[0].price < book.asks[0].price
        assert all(level.quantity >= 1 for level in (*book.bids, *book.asks))
