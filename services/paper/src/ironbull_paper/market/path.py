"""Which way does the price go inside a bar?

A path has one point per minute: open, then high and low (or low and high) at seeded minutes, then
close, with seeded noise between that stays within the bar. Between points it runs straight. So the
path touches exactly the bar's open, high, low and close, and a closed candle equals what the ticks
made.
"""

import random
from dataclasses import dataclass
from itertools import pairwise

from ironbull_paper.market.bars import BAR_MS, Bar

MINUTE_MS = 60_000
MINUTES = BAR_MS // MINUTE_MS
NOISE = 0.12
"""Amplitude of the noise between the knots, as a share of the bar's range."""

Path = tuple[int, ...]
"""Prices in ticks at the minutes 0 … 60 of a bar."""


@dataclass(frozen=True, slots=True)
class Span:
    """Hold what a path did in a part of its bar; prices in ticks."""

    open: int
    high: int
    low: int
    close: int


def path_of(bar: Bar, seed: str) -> Path:
    """Return the seeded way of a bar's price; equal seeds and bars give equal ways."""
    draw = random.Random(seed)  # noqa: S311 - a seeded market
    first, second = sorted(draw.sample(range(1, MINUTES), 2))
    extremes = (bar.high, bar.low) if draw.random() < 0.5 else (bar.low, bar.high)
    knots = ((0, bar.open), (first, extremes[0]), (second, extremes[1]), (MINUTES, bar.close))
    points = [bar.open]
    swing = (bar.high - bar.low) * NOISE
    for (start, begin), (end, target) in pairwise(knots):
        for minute in range(start + 1, end):
            straight = begin + (target - begin) * (minute - start) / (end - start)
            noisy = round(straight + swing * draw.uniform(-1, 1))
            points.append(min(bar.high, max(bar.low, noisy)))
        points.append(target)
    return tuple(points)


def price_in(path: Path, offset_ms: int) -> int:
    """Return the price at an offset of 0 … BAR_MS into the bar."""
    minute, rest = divmod(offset_ms, MINUTE_MS)
    if minute >= MINUTES:
        return path[MINUTES]
    here = path[minute]
    return here + (path[minute + 1] - here) * rest // MINUTE_MS


def span_of(path: Path, start_ms: int, end_ms: int) -> Span:
    """Return open, high, low and close between two offsets of one bar, both included."""
    begin, finish = price_in(path, start_ms), price_in(path, end_ms)
    first = -(-start_ms // MINUTE_MS)
    last = min(end_ms // MINUTE_MS, MINUTES)
    inside = (begin, finish, *path[first : last + 1])
    return Span(begin, max(inside), min(inside), finish)
