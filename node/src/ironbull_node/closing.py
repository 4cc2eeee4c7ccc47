"""How much does a close sell? What the venue holds just before, at most what the task says."""

import asyncio
from decimal import Decimal
from typing import Final, Protocol

from ironbull_messages.fleet import Credentials
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Leg
from ironbull_node.venue.port import VenueError

READS: Final = 6
"""An answer that is smaller than expected may lag; two in a row that agree are believed."""
PAUSE_SECONDS: Final = 0.6


class Holds(Protocol):
    """What is asked: the position."""

    async def position(self, keys: Credentials, symbol: str) -> Decimal:
        """Return the signed quantity held: above zero is long."""


def held(signed: Decimal, leg: Leg) -> Decimal:
    """Return how much of a leg a signed position is; the other leg counts as nothing."""
    return max(Decimal(0), signed if leg is Leg.LONG else -signed)


async def size(
    venue: Holds, keys: Credentials, task: OrderTask, pause_seconds: float = PAUSE_SECONDS
) -> Decimal:
    """Return the quantity to close; zero: the venue is flat.

    Raises:
        VenueError: no answers that agree within `READS`.
    """
    last: Decimal | None = None
    error = VenueError("", "the position's readings do not agree")
    for number in range(READS):
        if number:
            await asyncio.sleep(pause_seconds)
        try:
            found = held(await venue.position(keys, task.symbol), task.leg)
        except VenueError as failed:
            error = failed
            continue
        if found >= task.quantity or found == last:
            return min(found, task.quantity)
        last = found
    raise error
