"""Which bars does a recorded market give, also after its record has ended?

After the last record the market goes on for ever: odd rounds play the record *mirrored* (each
price p becomes K / p, so that returns change their sign and the first open continues from the last
close), even rounds play it as recorded. Two rounds lead back to where they began, so prices never
drift away. A round is a whole number of weeks long, so that weekends stay weekends; gaps in the
record stay gaps.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from ironbull_paper.market.bars import BAR_MS, Bar
from ironbull_paper.market.symbols import SymbolSpec

WEEK_MS = 7 * 24 * BAR_MS


def read_bars(lines: Iterable[str], spec: SymbolSpec) -> list[Bar]:
    """Read `open_time,open,high,low,close,volume` rows with times in ISO 8601."""
    return [_bar_of(row, spec) for row in csv.DictReader(lines)]


class ReplayBars:
    """Replay recorded bars, then mirrored and plain rounds of them for ever."""

    def __init__(self, record: Sequence[Bar]) -> None:
        if not record:
            raise ValueError("a replay needs at least one bar")
        self._record = record
        self._opens = [bar.open_at for bar in record]
        span = record[-1].open_at + BAR_MS - record[0].open_at
        self._round_ms = -(-span // WEEK_MS) * WEEK_MS
        self._mirror = record[0].open * record[-1].close

    def bar(self, index: int) -> Bar:
        """Return the bar of an index; see the module for indices behind the record."""
        turn, place = divmod(index, len(self._record))
        bar = self._record[place]
        if turn == 0:
            return bar
        shift = turn * self._round_ms
        if turn % 2 == 0:
            return Bar(bar.open_at + shift, bar.open, bar.high, bar.low, bar.close, bar.volume)
        return Bar(
            bar.open_at + shift,
            self._mirrored(bar.open),
            self._mirrored(bar.low),
            self._mirrored(bar.high),
            self._mirrored(bar.close),
            bar.volume,
        )

    def index_at(self, market_ms: int) -> int:
        """Return the last bar that opened at or before an instant, -1 when none had."""
        turn = (market_ms - self._opens[0]) // self._round_ms
        if turn < 0:
            return -1
        place = bisect_right(self._opens, market_ms - turn * self._round_ms) - 1
        return turn * len(self._record) + place

    def _mirrored(self, price: int) -> int:
        return max(1, (self._mirror + price // 2) // price)


def _bar_of(row: dict[str, str], spec: SymbolSpec) -> Bar:
    opened = datetime.fromisoformat(row["open_time"])
    return Bar(
        int(opened.timestamp()) * 1000,
        spec.ticks(Decimal(row["open"])),
        spec.ticks(Decimal(row["high"])),
        spec.ticks(Decimal(row["low"])),
        spec.ticks(Decimal(row["close"])),
        spec.steps(Decimal(row["volume"])),
    )
