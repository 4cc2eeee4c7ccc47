"""What is a base bar, and what must a source of bars answer?"""

from dataclasses import dataclass
from typing import Protocol

BAR_MS = 3_600_000
"""Length of a base bar in milliseconds of market time: every source is hourly."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Hold one hour of a market; prices are in ticks, the volume is in quantity steps."""

    open_at: int
    open: int
    high: int
    low: int
    close: int
    volume: int


class BarSource(Protocol):
    """Answer for the bars of one symbol: gapless in index, perhaps with gaps in time."""

    def bar(self, index: int) -> Bar:
        """Return the bar of an index; the first is 0 and there is always a next one."""
        ...

    def index_at(self, market_ms: int) -> int:
        """Return the last bar that opened at or before an instant, -1 when none had."""
        ...
