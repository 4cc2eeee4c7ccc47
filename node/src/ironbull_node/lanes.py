"""How do tasks come in? Two lanes, pulled apart; acknowledged as soon as the journal has them."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from pydantic import ValidationError

from ironbull_kit.clocks import machine_now
from ironbull_messages import subjects
from ironbull_messages.task import CancelTask, OrderTask, parse_task
from ironbull_messages.words import Lane
from ironbull_node import life as lives
from ironbull_node import unreadable
from ironbull_node.bus import Bus, BusError, Delivery
from ironbull_node.changes import Changes
from ironbull_node.clock import VenueClock
from ironbull_node.fresh import is_fresh
from ironbull_node.journal import Journal, JournalError
from ironbull_node.leases import Leases
from ironbull_node.life import Life

BATCH: Final = 50
PULL_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 0.5
CATCH_UP_SECONDS: Final = 2.0
MAX_OPEN: Final = {Lane.OPEN: 1_000, Lane.CLOSE: 5_000}
"""Tasks in hand; a lane pulls no more beyond it."""

_log = structlog.get_logger()


class Lanes:
    """Pull tasks, keep them, hand them to the worker."""

    def __init__(  # noqa: PLR0917 - the parts it joins
        self,
        bus: Bus,
        journal: Journal,
        leases: Leases,
        clock: VenueClock,
        changes: Changes,
        member: subjects.MemberSubject,
        *,
        begin: Callable[[Life], None],
        again: Callable[[Life, OrderTask | CancelTask, int], Awaitable[None]],
        in_hand: Callable[[], int],
    ) -> None:
        self._bus = bus
        self._journal = journal
        self._leases = leases
        self._clock = clock
        self._changes = changes
        self._member = member
        self._begin = begin
        self._again = again
        self._in_hand = in_hand
        self.pulled_at = dict.fromkeys(Lane, 0.0)
        """Monotonic instant of each lane's last answered pull."""

    async def run(self, lane: Lane) -> None:
        """Pull one lane for as long as the member lives."""
        while True:
            if self._in_hand() >= MAX_OPEN[lane] or self._leases.is_draining:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                deliveries = await self._bus.fetch(lane, BATCH, PULL_SECONDS)
            except BusError as error:
                _log.warning("lane.unanswered", lane=lane.value, why=str(error))
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            self.pulled_at[lane] = asyncio.get_running_loop().time()
            await asyncio.gather(*(self._take(delivery) for delivery in deliveries))

    async def _take(self, delivery: Delivery) -> None:
        try:
            await self._keep(delivery)
        except BusError as error:
            _log.warning("task.unacknowledged", why=str(error))
        except (JournalError, sqlite3.Error) as error:
            # Not acknowledged: it comes again when the journal can be written.
            _log.exception("task.unjournaled", why=str(error))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _keep(self, delivery: Delivery) -> None:
        try:
            task = parse_task(delivery.body)
        except ValidationError as error:
            await self._refuse(delivery, f"{error.error_count()} errors")
            return
        if (task.tenant, task.token) != (self._member.tenant, self._member.token):
            _log.error("task.foreign", task=str(task.task_id), tenant=task.tenant)
            await delivery.term()
            return
        await self._catch_up(task)
        life = self._receive(task, delivery.deliveries)
        known = await self._journal.receive(life)
        await delivery.ack()
        if known is None:
            _log.info(
                "task.received",
                task=str(task.task_id),
                kind=task.kind,
                symbol=task.symbol,
                phase=life.phase.value,
            )
            self._begin(life)
        else:
            _log.info("task.known", task=str(task.task_id), phase=known.phase.value)
            await self._again(known, task, life.received_ms)

    async def _catch_up(self, task: OrderTask | CancelTask) -> None:
        """Wait a moment for the snapshot that leases the account, when the task overtook it."""

        def is_known() -> bool:
            held = self._leases.epoch(task.account_id)
            return held is not None and held >= task.epoch

        await self._changes.until(is_known, CATCH_UP_SECONDS)

    def _receive(self, task: OrderTask | CancelTask, deliveries: int) -> Life:
        held = self._leases.epoch(task.account_id)
        fresh = is_fresh(task, deliveries, self._journal.journal_id, held)
        return lives.receive(task, self._clock.venue_ms(), is_fresh=fresh)

    async def _refuse(self, delivery: Delivery, why: str) -> None:
        """Tell that a task cannot be read, then never see this message again.

        Without a proof that nobody sent it nothing is claimed: the order stays as it is, and the
        sweeper sends the task again to whoever holds the account by then.
        """
        journal_id, member = self._journal.journal_id, self._member
        result = unreadable.claim(
            delivery.body, delivery.deliveries, journal_id, member, machine_now()
        )
        _log.error(
            "task.unprocessable", why=why, bytes=len(delivery.body), is_claimed=result is not None
        )
        if result is not None:
            subject = subjects.result(self._member.tenant, self._member.token)
            await self._bus.publish(subject, result.to_bytes(), f"{result.task_id}.unprocessable")
        await delivery.term()
