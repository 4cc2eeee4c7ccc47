"""Close again what a close has left open: one that was given up closes nothing."""

from typing import Final

from ironbull_app.flows.closes import close_all
from ironbull_app.ports.watching import Watching

MAX_CLOSES: Final = 500
"""Of one pass."""


async def close_again(ports: Watching) -> int:
    """Make the next close of such positions, with growing pauses; return how many.

    What a signal asked for, or a stop that fired, holds until the position is closed.
    """
    async with ports.open() as store:
        left = await store.left_open(MAX_CLOSES)
    return await close_all(left, ports)
