"""How does one part wait, for a bounded time, until another part has changed something?"""

import asyncio
from collections.abc import Callable


class Changes:
    """A bell: whoever waits looks again at each ring."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Make those who wait look again."""
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def until(self, holds: Callable[[], bool], timeout_seconds: float) -> bool:
        """Wait until a condition holds; False: the time was over first."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while not holds():
                    await self._rung.wait()
        except TimeoutError:
            return holds()
        return True
