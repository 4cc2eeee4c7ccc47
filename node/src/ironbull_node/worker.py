"""How is a task carried out? Ask permission, journal, send once, then only look; and tell."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import structlog

from ironbull_kit import crash
from ironbull_kit.clocks import machine_now
from ironbull_messages.amounts import format_amount
from ironbull_messages.fleet import Credentials
from ironbull_messages.ids import ExchangeAccountId, TaskId
from ironbull_messages.refusals import Refusal
from ironbull_messages.task import CancelTask, OrderTask
from ironbull_messages.words import OrderState
from ironbull_node import closing
from ironbull_node import life as lives
from ironbull_node.cancelling import Cancelling
from ironbull_node.clock import VenueClock
from ironbull_node.fills import Fills
from ironbull_node.journal import Journal
from ironbull_node.life import Life, Phase
from ironbull_node.permission import Permission
from ironbull_node.reporter import Reporter
from ironbull_node.resolver import Resolver
from ironbull_node.settings import AccountSettings
from ironbull_node.turns import Turns
from ironbull_node.venue.port import Placement, Rejected, Venue, VenueError
from ironbull_node.watching import Watching

RETRY_PAUSES: Final = (0.0, 0.5, 2.0)
"""Before an attempt; indexed by how many were made."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hands:
    """What a worker works with."""

    venue: Venue
    clock: VenueClock
    journal: Journal
    reporter: Reporter
    permission: Permission
    settings: AccountSettings
    turns: Turns
    concurrency: int


class Worker:
    """Carry out tasks, one coroutine each."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._resolver = Resolver(hands.venue, hands.clock)
        self._fills = Fills(hands.venue)
        self._watching = Watching(hands.venue, self._fills)
        self._cancelling = Cancelling(hands.venue, hands.journal, self._watching)
        self._opening = asyncio.Semaphore(hands.concurrency)
        self._closing = asyncio.Semaphore(hands.concurrency)
        self.submitting: Counter[ExchangeAccountId] = Counter()
        self.unknown: dict[TaskId, ExchangeAccountId] = {}
        """Orders that are looked for at the venue."""
        self.untold: dict[TaskId, ExchangeAccountId] = {}
        """Orders that were signed and whose outcome or trades were not told yet."""

    async def carry_out(self, life: Life) -> Life:
        """Bring a task to its end, from wherever the journal left it."""
        try:
            return await self._carry_out(lives.restart(life))
        finally:
            self.untold.pop(life.task.task_id, None)

    async def _carry_out(self, life: Life) -> Life:
        task = life.task
        if isinstance(task, CancelTask):
            return await self._cancel(life, task)
        key = (str(task.account_id), task.symbol)
        if life.phase in {Phase.RECEIVED, Phase.UNPROVEN, Phase.ABSENT}:
            async with self._hands.turns.turn(key, closing=life.is_closing):
                life = await self._until_known(life, task)
        return await self._until_done(life)

    async def _until_known(self, life: Life, task: OrderTask) -> Life:
        while life.phase in {Phase.RECEIVED, Phase.UNPROVEN, Phase.ABSENT}:
            if life.phase is Phase.UNPROVEN:
                life = await self._resolve(life, task)
            elif life.attempt and not lives.may_sign(life, machine_now()):
                life = self._end_absent(life)
            else:
                life = await self._submit(life, task)
        return life

    async def _resolve(self, life: Life, task: OrderTask) -> Life:
        self.unknown[task.task_id] = self.untold[task.task_id] = task.account_id
        try:
            return await self._resolver.resolve(life, lambda: self._keys(task), self._tell)
        finally:
            self.unknown.pop(task.task_id, None)

    async def _until_done(self, life: Life) -> Life:
        if life.phase is Phase.WORKING:
            life = await self._watching.watch(life, lambda: self._keys(life.task), self._tell)
        if life.phase is Phase.COLLECTING:
            self.untold[life.task.task_id] = life.task.account_id
            life = await self._fills.collect(life, lambda: self._keys(life.task), self._tell)
        return await self._tell(life)

    async def _submit(self, life: Life, task: OrderTask) -> Life:
        """Make one attempt, or end the task because it must not be made."""
        await asyncio.sleep(RETRY_PAUSES[min(life.attempt, len(RETRY_PAUSES) - 1)])
        is_closing = life.is_closing
        if not is_closing and lives.is_expired(life, machine_now()):
            return lives.give_up(life, Refusal.TASK_EXPIRED)
        refused = await self._hands.permission.wait(task, closing=is_closing)
        keys = self._hands.permission.keyring.get(task.account_id)
        if refused is not None or keys is None:
            return lives.give_up(life, refused or Refusal.KEYS_MISSING)
        try:
            quantity = await self._prepare(task, keys)
        except VenueError as error:
            reason = Refusal.VENUE_REJECTED if error.code else Refusal.VENUE_UNREACHABLE
            _log.warning("task.unprepared", task=str(task.task_id), why=str(error))
            return lives.give_up(life, reason, error.code or None)
        if quantity == 0:
            return lives.give_up(life, Refusal.POSITION_ALREADY_FLAT)
        async with self._closing if is_closing else self._opening:
            await self._hands.venue.admit(keys, closing=is_closing)
            return await self._send(life, task, keys, quantity)

    async def _prepare(self, task: OrderTask, keys: Credentials) -> Decimal:
        if task.reduce_only:
            return await closing.patiently(self._hands.venue, keys, task)
        await self._hands.settings.ensure_symbol(task.account_id, keys, task.symbol, task.leverage)
        return task.quantity

    async def _send(
        self, life: Life, task: OrderTask, keys: Credentials, quantity: Decimal
    ) -> Life:
        """Sign, journal, send: the last checks stand right before the signature."""
        is_stopped = self._cancelling.is_stopped(task.task_id)
        if is_stopped or lives.is_expired(life, machine_now()):
            return lives.give_up(life, Refusal.TASK_EXPIRED)
        refused = self._hands.permission.refuses(task, closing=life.is_closing)
        if refused is not None:
            return lives.give_up(life, refused)
        signed_at_ms, window_ms = self._hands.clock.venue_ms(), self._hands.venue.quirks.window_ms
        life = lives.sign(life, signed_at_ms, window_ms, quantity)
        self.submitting[task.account_id] += 1
        self.untold[task.task_id] = task.account_id
        try:
            crash.point("node.before-journal")
            await self._hands.journal.save(life)
            crash.point("node.before-send")
            outcome = await self._hands.venue.submit(keys, _placement(life, task))
            crash.point("node.after-send")
        finally:
            self.submitting[task.account_id] -= 1
        if isinstance(outcome, Rejected) and outcome.may_retry:
            await self._measure()
        life = lives.answer(life, outcome, machine_now())
        _log.info(
            "order.sent",
            task=str(task.task_id),
            attempt=life.attempt,
            quantity=format_amount(quantity),
            outcome=type(outcome).__name__.lower(),
            state=life.state.value,
        )
        return life

    def _end_absent(self, life: Life) -> Life:
        reason = life.reason or Refusal.PROVED_ABSENT
        return lives.give_up(life, reason)

    async def _cancel(self, life: Life, task: CancelTask) -> Life:
        return await self._tell(
            await self._cancelling.carry_out(life, task, lambda: self._keys(task))
        )

    async def _keys(self, task: OrderTask | CancelTask) -> Credentials | None:
        return await self._hands.permission.keys(task)

    async def _tell(self, life: Life) -> Life:
        """Number what is known, keep it and hand it to the reporter."""
        told = await self._hands.journal.tell(life)
        self._hands.reporter.tell(told)
        if told.phase is Phase.DONE:
            _log.info(
                "task.done",
                task=str(told.task.task_id),
                state=told.state.value,
                reason=None if told.reason is None else told.reason.value,
                attempt=told.attempt,
                trades=len(told.trades),
            )
        elif told.state is OrderState.UNKNOWN:
            _log.warning("task.unknown", task=str(told.task.task_id), attempt=told.attempt)
        return told

    async def _measure(self) -> None:
        try:
            await self._hands.clock.measure()
        except VenueError as error:
            _log.info("clock.unanswered", why=str(error))


def _placement(life: Life, task: OrderTask) -> Placement:
    if life.client_order_id is None or life.signed_at_ms is None or life.quantity is None:
        raise lives.BrokenLifeError(f"placing {task.task_id} unsigned")
    return Placement(
        symbol=task.symbol,
        side=task.side,
        order_type=task.order_type,
        quantity=life.quantity,
        price=task.price,
        reduce_only=task.reduce_only,
        client_id=life.client_order_id,
        signed_at_ms=life.signed_at_ms,
        window_ms=life.window_ms,
    )
