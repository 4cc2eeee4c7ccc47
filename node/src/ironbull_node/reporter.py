"""How do results reach the stream? From the journal, again and again, until acknowledged."""

import asyncio
from typing import Final
from uuid import UUID

import structlog

from ironbull_kit.clocks import machine_now
from ironbull_messages import subjects
from ironbull_node.bus import Bus, BusError
from ironbull_node.journal import Journal
from ironbull_node.life import Life
from ironbull_node.results import message_id, results_of

IN_FLIGHT: Final = 64
FIRST_PAUSE_SECONDS: Final = 0.2
MAX_PAUSE_SECONDS: Final = 5.0

_log = structlog.get_logger()


class Reporter:
    """Publish the newest that is known of each task."""

    def __init__(self, bus: Bus, journal: Journal, tenant: str, token: str) -> None:
        self._bus = bus
        self._journal = journal
        self._subject = subjects.result(tenant, token)
        self._waiting: dict[UUID, Life] = {}
        self._flying: set[UUID] = set()
        self._work = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Return how many tasks have news that is not in the stream yet."""
        return len(self._waiting) + len(self._flying)

    def tell(self, life: Life) -> None:
        """Publish a life soon; a newer one replaces it."""
        self._waiting[life.task.task_id] = life
        self._work.set()

    async def run(self) -> None:
        """Publish for as long as the member lives; first what the last run left."""
        for life in await self._journal.untold():
            self._waiting.setdefault(life.task.task_id, life)
        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(self._publish_loop())

    async def _publish_loop(self) -> None:
        while True:
            life = self._next()
            if life is None:
                self._work.clear()
                await self._work.wait()
                continue
            try:
                await self._publish(life)
            finally:
                self._flying.discard(life.task.task_id)
                self._work.set()

    def _next(self) -> Life | None:
        for task_id, life in self._waiting.items():
            if task_id not in self._flying:
                self._flying.add(task_id)
                del self._waiting[task_id]
                return life
        return None

    async def _publish(self, life: Life) -> None:
        pause = FIRST_PAUSE_SECONDS
        for result in results_of(life, self._journal.journal_id, machine_now()):
            while True:
                try:
                    await self._bus.publish(self._subject, result.to_bytes(), message_id(result))
                    break
                except BusError as error:
                    _log.warning("result.unacknowledged", task=str(result.task_id), why=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
        await self._journal.told(life.task.task_id, life.seq)
