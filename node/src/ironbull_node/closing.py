"""How much does a close sell? What the venue holds just before, at most what the task says."""

import asyncio
from decimal import Decimal
from typing import Final, Protocol

import structlog

from ironbull_messages.fleet import Credentials
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Leg
from ironbull_node.venue.port import VenueError

READS: Final = 6
"""An answer that is smaller than expected may lag; two in a row that agree are believed."""
PAUSE_SECONDS: Final = 0.6
TRIES: Final = 60
FIRST_WAIT_SECONDS: Final = 0.5
MAX_WAIT_SECONDS: Final = 5.0
"""A close never expires: a venue that is away is waited for, about five minutes."""


_log = structlog.get_logger()


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


async def patiently(
    venue: Holds, keys: Credentials, task: OrderTask, first_wait_seconds: float = FIRST_WAIT_SECONDS
) -> Decimal:
    """Return the quantity to close as soon as the venue tells it.

    Raises:
        VenueError: it refused with a code, or was away all the time.
    """
    wait = first_wait_seconds
    for _ in range(TRIES - 1):
        try:
            return await size(venue, keys, task, min(wait, PAUSE_SECONDS))
        except VenueError as error:
            if error.code:
                raise
            _log.warning("close.waits_for_venue", task=str(task.task_id), why=str(error))
        await asyncio.sleep(wait)
        wait = min(wait * 2, MAX_WAIT_SECONDS)
    return await size(venue, keys, task)
