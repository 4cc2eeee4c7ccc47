"""Which candles does a chart of a symbol show, up to an instant?

A candle exists only where the market has bars: an hour, a day without any has no candle. The candle
that is still forming is part of the answer, as on a live venue.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ironbull_paper.market.bars import BAR_MS
from ironbull_paper.market.feed import SymbolFeed
from ironbull_paper.market.path import MINUTE_MS

DAY_MS = 24 * BAR_MS
WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS
"""The first Monday after the epoch: weeks open on Mondays."""

INTERVALS_MS = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": BAR_MS,
    "2h": 2 * BAR_MS,
    "4h": 4 * BAR_MS,
    "6h": 6 * BAR_MS,
    "8h": 8 * BAR_MS,
    "12h": 12 * BAR_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": WEEK_MS,
}


@dataclass(frozen=True, slots=True)
class Candle:
    """Hold one candle; prices in ticks, volume in steps, `close_at` is its last millisecond."""

    open_at: int
    close_at: int
    open: int
    high: int
    low: int
    close: int
    volume: int


def candles_after(
    feed: SymbolFeed,
    interval_ms: int,
    *,
    start_ms: int,
    end_ms: int,
    now_ms: int,
    limit: int,
) -> list[Candle]:
    """Return at most `limit` candles that opened from `start_ms` to `end_ms`, the oldest first."""
    last = min(end_ms, now_ms)
    if start_ms > last:
        return []
    index = max(0, feed.index_at(start_ms))
    found: list[Candle] = []
    for candle in _candles(feed, interval_ms, index, now_ms):
        if candle.open_at > last or len(found) == limit:
            break
        if candle.open_at >= start_ms:
            found.append(candle)
    return found


def latest_candles(
    feed: SymbolFeed, interval_ms: int, end_ms: int, now_ms: int, limit: int
) -> list[Candle]:
    """Return the last `limit` candles that opened up to `end_ms`, the oldest first."""
    last = min(end_ms, now_ms)
    index = feed.index_at(last)
    if index < 0:
        return []
    first = _index_before(feed, interval_ms, index, limit)
    candles = [c for c in _candles(feed, interval_ms, first, now_ms, index) if c.open_at <= last]
    return candles[-limit:]


def _index_before(feed: SymbolFeed, interval_ms: int, index: int, limit: int) -> int:
    """Return a bar so far back that `limit` whole candles open from it to `index`."""
    if interval_ms < BAR_MS:
        return max(0, index - limit * interval_ms // BAR_MS - 1)
    seen = 0
    bucket: int | None = None
    while index >= 0:
        here = _bucket(feed.bar(index).open_at, interval_ms)
        if here != bucket:
            seen, bucket = seen + 1, here
            if seen > limit:
                break
        index -= 1
    return index + 1


def _candles(
    feed: SymbolFeed, interval_ms: int, first: int, now_ms: int, last: int | None = None
) -> Iterator[Candle]:
    """Yield the candles of the bars from `first` to `last` that have begun, in order."""
    first = _bucket_start(feed, interval_ms, first)
    bars = _begun(feed, first, now_ms, last)
    if interval_ms < BAR_MS:
        for index in bars:
            yield from _parts(feed, interval_ms, index, now_ms)
        return
    for bucket, group in groupby(bars, lambda i: _bucket(feed.bar(i).open_at, interval_ms)):
        yield _whole(feed, interval_ms, bucket, list(group), now_ms)


def _begun(feed: SymbolFeed, first: int, now_ms: int, last: int | None) -> Iterator[int]:
    begun = feed.index_at(now_ms)
    yield from range(first, (begun if last is None else min(begun, last)) + 1)


def _bucket_start(feed: SymbolFeed, interval_ms: int, index: int) -> int:
    """Return the first bar of the candle that the bar of `index` belongs to."""
    bucket = _bucket(feed.bar(index).open_at, interval_ms)
    while index > 0 and _bucket(feed.bar(index - 1).open_at, interval_ms) == bucket:
        index -= 1
    return index


def _bucket(open_at: int, interval_ms: int) -> int:
    shift = MONDAY_MS if interval_ms == WEEK_MS else 0
    return (open_at - shift) // interval_ms * interval_ms + shift


def _parts(feed: SymbolFeed, interval_ms: int, index: int, now_ms: int) -> Iterator[Candle]:
    bar = feed.bar(index)
    for start in range(0, BAR_MS, interval_ms):
        if bar.open_at + start > now_ms:
            return
        end = min(start + interval_ms, now_ms - bar.open_at)
        span = feed.span(index, start, end)
        yield Candle(
            bar.open_at + start,
            bar.open_at + start + interval_ms - 1,
            span.open,
            span.high,
            span.low,
            span.close,
            bar.volume * end // BAR_MS - bar.volume * start // BAR_MS,
        )


def _whole(
    feed: SymbolFeed, interval_ms: int, bucket: int, indices: list[int], now_ms: int
) -> Candle:
    spans = []
    volume = 0
    for index in indices:
        bar = feed.bar(index)
        elapsed = min(BAR_MS, now_ms - bar.open_at)
        spans.append(feed.span(index, 0, elapsed))
        volume += bar.volume * elapsed // BAR_MS
    return Candle(
        bucket,
        bucket + interval_ms - 1,
        spans[0].open,
        max(span.high for span in spans),
        min(span.low for span in spans),
        spans[-1].close,
        volume,
    )
