"""In which order do tasks of one account and instrument act? Closing never waits for opening.

Openings go one by one, in the order of their coming, and only while no close is on its way. Closes
go one by one too, past every opening that waits.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ironbull_node.changes import Changes

MAX_WAIT_SECONDS = 86_400.0
Key = tuple[str, str]
"""Account and symbol."""


@dataclass(slots=True)
class _Pair:
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    closing: asyncio.Lock = field(default_factory=asyncio.Lock)
    changes: Changes = field(default_factory=Changes)
    closes: int = 0
    users: int = 0

    def has_no_close(self) -> bool:
        return self.closes == 0


class Turns:
    """Give each task its turn."""

    def __init__(self) -> None:
        self._pairs: dict[Key, _Pair] = {}

    @asynccontextmanager
    async def turn(self, key: Key, *, closing: bool) -> AsyncIterator[None]:
        """Hold the turn until the outcome is known."""
        pair = self._pairs.setdefault(key, _Pair())
        pair.users += 1
        pair.closes += closing
        try:
            async with pair.closing if closing else pair.opening:
                if not closing:
                    await pair.changes.until(pair.has_no_close, MAX_WAIT_SECONDS)
                yield
        finally:
            pair.users -= 1
            pair.closes -= closing
            pair.changes.ring()
            if pair.users == 0:
                self._pairs.pop(key, None)
