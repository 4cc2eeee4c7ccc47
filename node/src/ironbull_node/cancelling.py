"""How is a working order cancelled? By each id it may have; then the venue says what it is now."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from ironbull_kit.clocks import machine_now
from ironbull_messages.fleet import Credentials
from ironbull_messages.ids import MAX_ATTEMPTS, client_order_id
from ironbull_messages.result import Source
from ironbull_messages.task import CancelTask
from ironbull_messages.words import OrderState
from ironbull_node import life as lives
from ironbull_node.journal import Journal
from ironbull_node.life import Life, Phase
from ironbull_node.venue.port import Venue, VenueError, VenueOrder
from ironbull_node.watching import Watching

TRIES: Final = 20
PAUSE_SECONDS: Final = 1.0

Keys = Callable[[], Awaitable[Credentials | None]]

_log = structlog.get_logger()


class Cancelling:
    """Carry out cancel tasks; cancelling twice does no harm."""

    def __init__(self, venue: Venue, journal: Journal, watching: Watching) -> None:
        self._venue = venue
        self._journal = journal
        self._watching = watching

    async def carry_out(self, life: Life, task: CancelTask, keys: Keys) -> Life:
        """Return the cancel's life: the order's state at the venue, or UNKNOWN."""
        known = await self._journal.find(task.order_task_id)
        last = MAX_ATTEMPTS if known is None else known.attempt or MAX_ATTEMPTS
        ids = [client_order_id(task.order_task_id, number) for number in range(1, last + 1)]
        for number in range(TRIES):
            if number:
                await asyncio.sleep(PAUSE_SECONDS)
            held = await keys()
            if held is None:
                continue
            try:
                order = await self._cancel(held, task.symbol, ids)
            except VenueError as error:
                life = lives.note(life, machine_now(), Source.RESPONSE, f"no answer: {error}")
                continue
            self._watching.ring(task.order_task_id)
            if order is not None:
                return _told(life, order)
        said = "the venue knows no order under these ids"
        life = lives.note(life, machine_now(), Source.ORDER_BY_CLIENT_ID, said)
        return life.model_copy(update={"phase": Phase.DONE, "state": OrderState.UNKNOWN})

    async def _cancel(self, keys: Credentials, symbol: str, ids: list[str]) -> VenueOrder | None:
        for client_id in reversed(ids):
            order = await self._venue.cancel(keys, symbol, client_id, closing=False)
            if order is None:
                order = await self._venue.find_by_client_id(keys, symbol, client_id)
            if order is not None:
                return order
        return None


def _told(life: Life, order: VenueOrder) -> Life:
    update = {
        "phase": Phase.DONE,
        "state": order.state,
        "client_order_id": order.client_id,
        "venue_order_id": order.venue_order_id,
        "filled": order.executed,
    }
    return life.model_copy(update=update)
