"""What did, and does, one symbol's market do at any instant?"""

from collections import OrderedDict

from ironbull_paper.market.bars import BAR_MS, Bar, BarSource
from ironbull_paper.market.path import MINUTE_MS, MINUTES, Path, Span, path_of, price_in, span_of

PATHS_KEPT = 512
"""Paths of so many bars are remembered; forgotten ones are made again, equal."""


class SymbolFeed:
    """Answer for the price, spans and volume of one symbol at market times in milliseconds."""

    def __init__(self, name: str, source: BarSource, seed: int) -> None:
        self.name = name
        self._source = source
        self._seed = seed
        self._paths: OrderedDict[int, Path] = OrderedDict()

    def bar(self, index: int) -> Bar:
        """Return the whole bar of an index, whether or not it has happened yet."""
        return self._source.bar(index)

    def index_at(self, market_ms: int) -> int:
        """Return the last bar that opened at or before an instant, -1 when none had."""
        return self._source.index_at(market_ms)

    def price(self, market_ms: int) -> int:
        """Return the price in ticks; in a gap of the market it is the last close."""
        index = self._begun(market_ms)
        offset = market_ms - self.bar(index).open_at
        return price_in(self._path(index), min(offset, BAR_MS))

    def minute(self, market_ms: int) -> tuple[int, int]:
        """Return the bar and its minute of an instant; in a gap it is the last of each."""
        index = self._begun(market_ms)
        offset = market_ms - self.bar(index).open_at
        return index, min(offset // MINUTE_MS, MINUTES - 1)

    def span(self, index: int, start_ms: int, end_ms: int) -> Span:
        """Return what the price did between two offsets of one bar, both included."""
        if start_ms == 0 and end_ms >= BAR_MS:
            bar = self.bar(index)
            return Span(bar.open, bar.high, bar.low, bar.close)
        return span_of(self._path(index), start_ms, min(end_ms, BAR_MS))

    def extremes(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        """Return the lowest and highest price between two market times, both included."""
        first, last = self._begun(start_ms), self._begun(end_ms)
        low = high = self.price(start_ms)
        for index in range(first, last + 1):
            opened = self.bar(index).open_at
            begin = min(max(0, start_ms - opened), BAR_MS)
            span = self.span(index, begin, max(begin, min(end_ms - opened, BAR_MS)))
            low, high = min(low, span.low), max(high, span.high)
        return low, high

    def _begun(self, market_ms: int) -> int:
        index = self.index_at(market_ms)
        if index < 0:
            raise LookupError(f"the market of {self.name} had not begun at {market_ms}")
        return index

    def _path(self, index: int) -> Path:
        path = self._paths.get(index)
        if path is None:
            path = path_of(self.bar(index), f"{self._seed}/{self.name}/{index}")
            self._paths[index] = path
            if len(self._paths) > PATHS_KEPT:
                self._paths.popitem(last=False)
        return path
