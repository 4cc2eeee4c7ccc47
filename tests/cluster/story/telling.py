"""What a story carries from step to step, and how each step begins: while something is traded."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cluster.story.guide import Guide
from cluster.story.stage import Rows, Stage, say
from fixtures.rough_exchange import Exchange

# The venue has accepted an order this long before the member hears of it.
ANSWER_SECONDS = 1.5
SPEED = "3600"


@dataclass
class Story:
    """A platform in pods, and what the test knows of it."""

    stage: Stage
    guide: Guide
    took: dict[str, float] = field(default_factory=dict)

    @cached_property
    def rows(self) -> Rows:
        """The platform's database, once there are ways."""
        return Rows(self.stage.database_url)

    @cached_property
    def exchange(self) -> Exchange:
        """The exchange's own doors, once there are ways."""
        return self.stage.exchange

    @cached_property
    def journal(self) -> Path:
        """What the exchange accepted; its volume stays with its claim."""
        return self.stage.journal

    @asynccontextmanager
    async def step(self, what: str) -> AsyncIterator[None]:
        """Begin a step once a position is open and an order in flight; tell how long it took."""
        seen = await self.rows.until_trading()
        say(f"{what}: begins with open positions {seen.open}, orders in flight {seen.in_flight}")
        with self.untraded(what):
            yield
        seen = await self.rows.tally()
        say(f"  at its end {seen.open} open, {seen.in_flight} in flight, {seen.closed} closed")

    @contextmanager
    def untraded(self, what: str) -> Iterator[None]:
        """Tell how long a step took that comes before or after all trading."""
        began = time.monotonic()
        yield
        self.took[what] = time.monotonic() - began
        say(f"{what}: {self.took[what]:.1f} s")
