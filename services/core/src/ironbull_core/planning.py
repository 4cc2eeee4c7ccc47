"""Which orders does an admitted, sized signal make, at once or waiting for another order?"""

from decimal import Decimal

from ironbull_core.admission import concerned
from ironbull_core.facts import Candidate, PlannedOrder, SignalFacts
from ironbull_core.sizing import Size
from ironbull_messages.ids import OrderId, order_id
from ironbull_messages.words import Action, OrderState, closing_side, opening_side


def plan_open(signal: SignalFacts, candidate: Candidate, size: Size) -> PlannedOrder:
    """Return the opening; it waits where the subscription's own close is under way."""
    subscription = candidate.subscription
    closing = next((order.id for order in candidate.live if order.is_closing), None)
    cause = str(signal.id)
    return PlannedOrder(
        id=order_id(cause, subscription.account_id, subscription.id, signal.leg, 1),
        n=1,
        cause=cause,
        account_id=subscription.account_id,
        subscription_id=subscription.id,
        position_id=None,
        action=signal.action,
        leg=signal.leg,
        side=opening_side(signal.leg),
        quantity=size.quantity,
        leverage=size.leverage,
        stop_loss=signal.stop_loss,
        take_profit=signal.take_profit,
        after_order_id=closing,
        expires_at=signal.valid_until,
    )


def plan_close(
    signal: SignalFacts, candidate: Candidate
) -> tuple[PlannedOrder | None, tuple[OrderId, ...]]:
    """Return the close, and openings that give way to it.

    An opening that was never dispatched is cancelled; one that is under way is waited for. One that
    is over and misses trades is waited for only while there is nothing to close: the member takes
    what the venue holds, and no stop waits for what may not come.
    """
    subscription = candidate.subscription
    found = concerned(signal, candidate)
    held = found.held
    undispatched = tuple(order.id for order in found.openings if order.state is OrderState.PLANNED)
    under_way = [
        order
        for order in found.openings
        if order.state is not OrderState.PLANNED and not (held and order.state.is_terminal)
    ]
    if found.is_closing or (held is None and not under_way):
        return None, undispatched
    cause = str(signal.id)
    planned = PlannedOrder(
        id=order_id(cause, subscription.account_id, subscription.id, signal.leg, 1),
        n=1,
        cause=cause,
        account_id=subscription.account_id,
        subscription_id=subscription.id,
        position_id=None if held is None else held.id,
        action=Action.CLOSE,
        leg=signal.leg,
        side=closing_side(signal.leg),
        quantity=Decimal(0) if held is None else held.quantity,
        leverage=1,
        stop_loss=None,
        take_profit=None,
        after_order_id=under_way[0].id if under_way else None,
        expires_at=None,
    )
    return planned, undispatched
