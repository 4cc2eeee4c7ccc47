"""Which tasks are in hand? One coroutine each; one that breaks is taken up again."""

import asyncio
from typing import Final
from uuid import UUID

import structlog

from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.task import CancelTask, OrderTask
from ironbull_node import life as lives
from ironbull_node.journal import Journal, JournalError
from ironbull_node.life import Life, Phase
from ironbull_node.reporter import Reporter
from ironbull_node.worker import Worker

MAX_BREAKS: Final = 5
PAUSE_SECONDS: Final = 3.0

_log = structlog.get_logger()


class Crew:
    """Begin, count and end the work on tasks."""

    def __init__(self, worker: Worker, journal: Journal, reporter: Reporter) -> None:
        self._worker = worker
        self._journal = journal
        self._reporter = reporter
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    def in_hand(self) -> int:
        """Return how many tasks are being worked on."""
        return len(self._tasks)

    def begin(self, life: Life) -> None:
        """Work on a task; one that is in hand already goes on as it is."""
        task_id = life.task.task_id
        if task_id in self._tasks:
            return
        task = asyncio.create_task(self._work(life), name=str(task_id))
        self._tasks[task_id] = task
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        task_id = UUID(task.get_name())
        if self._tasks.get(task_id) is task:
            del self._tasks[task_id]

    async def again(self, known: Life, task: OrderTask | CancelTask, received_ms: int) -> None:
        """Answer a task that came again with what is known, or take it up under its new lease."""
        if isinstance(task, OrderTask) and task.epoch > known.task.epoch:
            known = await self._readdress(task, received_ms)
        else:
            await self.tell_again(task.task_id)
        if known.phase is not Phase.DONE:
            self.begin(known)

    async def _readdress(self, task: OrderTask, received_ms: int) -> Life:
        if (working := self._tasks.get(task.task_id)) is not None:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            self._tasks.pop(task.task_id, None)
        kept = await self._journal.find(task.task_id)
        if kept is None:
            raise JournalError(f"task {task.task_id} is not in the journal")
        life = lives.readdress(kept, task, received_ms)
        await self._journal.save(life)
        _log.info("task.readdressed", task=str(task.task_id), phase=life.phase.value)
        if lives.is_fact(life):
            await self.tell_again(task.task_id)
        return life

    async def tell_again(self, task_id: UUID) -> None:
        """Tell once more what is known of a task, under a new number."""
        life = await self._journal.tell_again(task_id)
        if life is not None:
            self._reporter.tell(life)

    async def take_up(self) -> int:
        """Begin with all that the journal holds open; return how many."""
        lives = await self._journal.open_lives()
        for life in lives:
            self.begin(life)
        return len(lives)

    def is_submitting(self, account_id: ExchangeAccountId) -> bool:
        """Say whether an order of this account is on its way to the venue."""
        return self._worker.submitting[account_id] > 0

    def is_looking(self, account_id: ExchangeAccountId) -> bool:
        """Say whether it is being found out what became of an order of this account."""
        return account_id in self._worker.untold.values()

    async def stop(self) -> None:
        """End the work; the journal holds where each task stands."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, life: Life) -> None:
        for _ in range(MAX_BREAKS):
            try:
                await self._worker.carry_out(life)
            except Exception:  # noqa: BLE001 - a broken task must not take the others with it
                _log.exception("task.broken", task=str(life.task.task_id))
            else:
                return
            await asyncio.sleep(PAUSE_SECONDS)
            life = await self._journal.find(life.task.task_id) or life
        _log.error("task.left", task=str(life.task.task_id), breaks=MAX_BREAKS)
