"""What time is it at the venue? Our clock plus the offset that was measured last."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from ironbull_kit.clocks import monotonic
from ironbull_node.venue.port import VenueError

MAX_ROUND_TRIP_MS: Final = 2_000


class VenueClock:
    """Measure the venue's clock against ours; between measurements the monotonic clock runs."""

    def __init__(self, ask: Callable[[], Awaitable[int]]) -> None:
        self._ask = ask
        self._base_ms = time.time() * 1000 - monotonic() * 1000
        self.offset_seconds = 0.0
        """The venue's clock minus ours."""

    def venue_ms(self) -> int:
        """Return the venue's time in milliseconds."""
        return int(self._base_ms + monotonic() * 1000)

    async def measure(self) -> int:
        """Ask the venue and return what it said.

        Raises:
            VenueError: no answer, or so slow that it tells nothing.
        """
        before = monotonic() * 1000
        venue_ms = await self._ask()
        after = monotonic() * 1000
        if after - before > MAX_ROUND_TRIP_MS:
            raise VenueError("", f"the venue's clock took {int(after - before)} ms")
        middle = (before + after) / 2
        self._base_ms = venue_ms - middle
        self.offset_seconds = (venue_ms - (time.time() * 1000 - (after - middle))) / 1000
        return venue_ms
