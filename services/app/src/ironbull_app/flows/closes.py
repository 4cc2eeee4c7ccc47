"""Close positions, whatever for: lock them, make their next close, store it with its task."""

from collections.abc import Mapping
from datetime import datetime

from ironbull_app.flows.tasks import OrderIntent, order_task
from ironbull_app.ports.watching import Close, Trigger, Unprotected, Watching
from ironbull_kit import crash
from ironbull_messages.ids import PositionId, order_id
from ironbull_messages.words import Action


async def close_all(triggers: Mapping[tuple[str, PositionId], Trigger], ports: Watching) -> int:
    """Make a close for each position that none is under way for; return how many."""
    if not triggers:
        return 0
    async with ports.open() as store:
        unprotected = await store.lock(sorted(triggers))
        closes = [
            _close(one, triggers[one.tenant, one.position_id], ports.now()) for one in unprotected
        ]
        await store.save(closes)
        crash.point("watch.before-commit")
    crash.point("watch.after-commit")
    return len(closes)


def _close(one: Unprotected, why: Trigger, now: datetime) -> Close:
    """Return the next close of a position's life; its id is new with each one that ended."""
    cause, n = f"{one.position_id}:{why.reason.value}", one.closes + 1
    intent = OrderIntent(
        id=order_id(cause, one.account_id, one.subscription_id, one.leg, n),
        tenant=one.tenant,
        account_id=one.account_id,
        symbol=one.market[1],
        action=Action.CLOSE,
        leg=one.leg,
        quantity=one.quantity,
        leverage=1,
        as_of=why.as_of,
    )
    task = None if one.route is None else order_task(intent, one.route, now)
    return Close(intent.id, n, cause, why.reason, one, why.as_of, task)
