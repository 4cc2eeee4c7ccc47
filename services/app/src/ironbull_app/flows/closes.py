"""Which order closes a position, and under which id? Pure, the same for stops and for signals."""

from datetime import datetime

from ironbull_app.flows.tasks import OrderIntent, order_task
from ironbull_app.ports.watching import Close, Unprotected
from ironbull_messages.ids import order_id
from ironbull_messages.words import Action, CloseReason


def close_of(one: Unprotected, reason: CloseReason, as_of: datetime, now: datetime) -> Close:
    """Return the next close of a position's life; its id is new with each one that ended."""
    cause, n = f"{one.position_id}:{reason.value}", one.closes + 1
    intent = OrderIntent(
        id=order_id(cause, one.account_id, one.subscription_id, one.leg, n),
        tenant=one.tenant,
        account_id=one.account_id,
        symbol=one.market[1],
        action=Action.CLOSE,
        leg=one.leg,
        quantity=one.quantity,
        leverage=1,
        as_of=as_of,
    )
    task = None if one.route is None else order_task(intent, one.route, now)
    return Close(intent.id, n, cause, reason, one, as_of, task)
