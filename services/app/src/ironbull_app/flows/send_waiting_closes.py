"""Send closes that had no member when they were made, as soon as there is one."""

from typing import Final

from ironbull_app.flows.tasks import OrderIntent, order_task
from ironbull_app.ports.watching import WaitingClose, Watching
from ironbull_messages.words import Action

MAX_CLOSES: Final = 500


async def send_waiting_closes(ports: Watching) -> int:
    """Send what can go; return how many closes went."""
    async with ports.open() as store:
        waiting = await store.waiting(MAX_CLOSES)
        now = ports.now()
        await store.send([order_task(_intent(one), one.route, now) for one in waiting])
    return len(waiting)


def _intent(one: WaitingClose) -> OrderIntent:
    return OrderIntent(
        id=one.id,
        tenant=one.tenant,
        account_id=one.account_id,
        symbol=one.symbol,
        action=Action.CLOSE,
        leg=one.leg,
        quantity=one.quantity,
        leverage=one.leverage,
        as_of=one.as_of,
    )
