"""Does this process live? Its loop turns, no look hangs, and who leads has renewed.

A standby and a replica to which nothing happens have nothing to show, and live.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from ironbull_operator import figures

BEAT_SECONDS: Final = 1.0
MOST_LAG_SECONDS: Final = 30.0
"""Above what the first look at thousands of objects takes at one piece."""
LONGEST_LOOK_SECONDS: Final = 300.0
"""One request takes ten seconds at most; a look that waits longer than thirty of them hangs."""
LONGEST_RENEWAL_SECONDS: Final = 30.0
"""A leader ends itself much earlier; if it did not, somebody has to."""


@dataclass(slots=True)
class Pulse:
    """By how much the event loop was late when it was asked last.

    Args:
        monotonic: seconds that never step.
        pause: waits so many seconds.
    """

    monotonic: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    lag_seconds: float = 0.0

    async def beat(self) -> None:
        """Ask the loop again and again, for as long as this is awaited."""
        while True:
            began = self.monotonic()
            await self.pause(BEAT_SECONDS)
            self.lag_seconds = max(self.monotonic() - began - BEAT_SECONDS, 0.0)
            figures.LOOP_LAG.set(self.lag_seconds)


def faults(lag: float, oldest_look: float, since_renewal: float) -> dict[str, str]:
    """Return why this process should be started anew; empty: it lives.

    Args:
        lag: of the event loop, in seconds.
        oldest_look: the age of the oldest look that runs, in seconds; 0: none runs.
        since_renewal: seconds since the leader renewed; 0 for a standby.
    """
    found = {}
    if lag > MOST_LAG_SECONDS:
        found["loop"] = f"was late by {lag:.0f} s"
    if oldest_look > LONGEST_LOOK_SECONDS:
        found["look"] = f"one has been running for {oldest_look:.0f} s"
    if since_renewal > LONGEST_RENEWAL_SECONDS:
        found["lease"] = f"was not renewed for {since_renewal:.0f} s, and still leads"
    return found
