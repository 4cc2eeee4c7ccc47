"""Close again what a signal's close has left open: a close that was given up closes nothing."""

from typing import Final

from ironbull_app.flows.closes import close_of
from ironbull_app.ports.watching import Watching
from ironbull_kit import crash
from ironbull_messages.words import CloseReason

MAX_CLOSES: Final = 500
"""Of one pass."""


async def close_again(ports: Watching) -> int:
    """Make the next close of such positions, with growing pauses; return how many."""
    async with ports.open() as store:
        left = await store.left_open(MAX_CLOSES)
    if not left:
        return 0
    async with ports.open() as store:
        unprotected = await store.lock(sorted(left))
        closes = [
            close_of(one, CloseReason.SIGNAL, left[one.tenant, one.position_id], ports.now())
            for one in unprotected
        ]
        await store.save(closes)
        crash.point("watch.before-commit")
    crash.point("watch.after-commit")
    return len(closes)
