"""How is a working order cancelled? By each id it may have; then the venue says what it is now."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from ironbull_kit.clocks import machine_now
from ironbull_messages.fleet import Credentials
from ironbull_messages.ids import MAX_ATTEMPTS, TaskId, client_order_id
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
UNSIGNED: Final = frozenset({Phase.RECEIVED, Phase.ABSENT})

Keys = Callable[[], Awaitable[Credentials | None]]

_log = structlog.get_logger()


class Cancelling:
    """Carry out cancel tasks; cancelling twice does no harm."""

    def __init__(self, venue: Venue, journal: Journal, watching: Watching) -> None:
        self._venue = venue
        self._journal = journal
        self._watching = watching
        self._stopped: set[TaskId] = set()

    def is_stopped(self, task_id: TaskId) -> bool:
        """Say whether an order that was not signed yet must not be signed any more."""
        return task_id in self._stopped

    async def carry_out(self, life: Life, task: CancelTask, keys: Keys) -> Life:
        """Return the cancel's life: the order's state at the venue, or UNKNOWN."""
        self._stopped.add(task.order_task_id)
        try:
            return await self._try(life, task, keys)
        finally:
            self._stopped.discard(task.order_task_id)

    async def _try(self, life: Life, task: CancelTask, keys: Keys) -> Life:
        for number in range(TRIES):
            if number:
                await asyncio.sleep(PAUSE_SECONDS)
            known = await self._journal.find(task.order_task_id)
            if known is not None and known.phase is Phase.DONE and _may_be_told(known, task):
                return _as(life, known)
            held = await keys()
            if held is None or (known is not None and known.phase in UNSIGNED):
                continue
            try:
                order = await self._cancel(held, task.symbol, _ids(task, known))
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


def _as(life: Life, order: Life) -> Life:
    names = ("phase", "state", "client_order_id", "venue_order_id", "filled")
    return life.model_copy(update={name: getattr(order, name) for name in names})


def _may_be_told(known: Life, task: CancelTask) -> bool:
    """Say whether an ended order is so still: a claim of an older lease may be untrue by now."""
    return lives.is_fact(known) or not _has_older_lease(known, task)


def _has_older_lease(known: Life, task: CancelTask) -> bool:
    return known.task.epoch < task.epoch


def _ids(task: CancelTask, known: Life | None) -> list[str]:
    if known is None or known.others_sent or _has_older_lease(known, task):
        last = MAX_ATTEMPTS
    else:
        last = known.attempt or MAX_ATTEMPTS
    return [client_order_id(task.order_task_id, number) for number in range(1, last + 1)]
