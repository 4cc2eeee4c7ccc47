"""Release orders that waited: an opening behind a close, a close behind an opening."""

from collections.abc import Sequence
from datetime import datetime

from ironbull_app.flows.tasks import CLOSING, OrderIntent, order_task
from ironbull_app.ports.settling import BookedOrder, OrderKey, SettleStore
from ironbull_core.positions import Position
from ironbull_messages.refusals import Refusal
from ironbull_messages.words import OrderState


async def release_waiting(ended: Sequence[OrderKey], store: SettleStore, now: datetime) -> None:
    """Send on what may go now, end what never can."""
    waiting = await store.waiting(ended) if ended else []
    if not waiting:
        return
    positions = await store.positions(sorted({order.place for order in waiting}, key=str))
    for order in waiting:
        await _release(order, positions.get(order.place), store, now)


async def _release(
    order: BookedOrder, held: Position | None, store: SettleStore, now: datetime
) -> None:
    if order.action in CLOSING:
        await _release_close(order, held, store, now)
    elif held is not None:
        await store.end_planned(order, OrderState.CANCELLED, Refusal.PREDECESSOR_FAILED)
    elif order.expires_at is None or await store.market_now(order.tenant) > order.expires_at:
        await store.end_planned(order, OrderState.EXPIRED, Refusal.SIGNAL_EXPIRED)
    elif order.route is None:
        await store.end_planned(order, OrderState.CANCELLED, Refusal.NODE_OFFLINE)
    else:
        task = order_task(_intent(order), order.route, now)
        await store.dispatch(order, task)


async def _release_close(
    order: BookedOrder, held: Position | None, store: SettleStore, now: datetime
) -> None:
    """A close takes all that the opening left; without a member it waits for the sweeper.

    One that has nothing to take was ended before, as an orphan.
    """
    if held is not None and order.route is not None:
        task = order_task(_intent(order).of(held.quantity), order.route, now)
        await store.dispatch(order, task)


def _intent(order: BookedOrder) -> OrderIntent:
    return OrderIntent(
        id=order.id,
        tenant=order.tenant,
        account_id=order.account_id,
        symbol=order.symbol,
        action=order.action,
        leg=order.leg,
        quantity=order.quantity,
        leverage=order.leverage,
        as_of=order.as_of,
        strategy=order.strategy,
    )
