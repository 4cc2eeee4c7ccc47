"""Which object is reconciled next? One turn at a time each, again after failures and at times.

The semantics are client-go's workqueue: a key that is added while it waits is one key, and a key
that is added while it is worked on is worked on once more afterwards.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Generic, TypeVar

import structlog

WORKERS: Final = 10
FIRST_BACK_OFF: Final = timedelta(seconds=0.5)
LONGEST_BACK_OFF: Final = timedelta(seconds=60)
MAX_DOUBLINGS: Final = 16
RESYNC: Final = timedelta(seconds=120)
JITTER: Final = 0.2
"""Every pause is up to this share longer, so that objects do not march in step."""

Key = TypeVar("Key", bound=Hashable)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Again:
    """The object exists; look at it again.

    Args:
        after: None means at the next resync.
    """

    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The object does not exist any more; forget its key."""


Outcome = Again | Gone
Reconcile = Callable[[Key], Awaitable[Outcome]]


@dataclass(slots=True)
class Queue(Generic[Key]):
    """Keys of objects, worked on by a bounded number of workers.

    Args:
        reconcile: brings one object to its wanted state; what it raises is tried again.
        monotonic: seconds that never step.
        draw: a number between 0 and 1 for jitter.
    """

    reconcile: Reconcile[Key]
    monotonic: Callable[[], float]
    draw: Callable[[], float] = random.random
    _waiting: dict[Key, None] = field(default_factory=dict)
    """In the order in which they were added."""
    _running: dict[Key, float] = field(default_factory=dict)
    _dirty: set[Key] = field(default_factory=set)
    _timers: dict[Key, asyncio.TimerHandle] = field(default_factory=dict)
    _failures: dict[Key, int] = field(default_factory=dict)
    _filled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def depth(self) -> int:
        """The keys that wait for a worker."""
        return len(self._waiting)

    @property
    def failing(self) -> int:
        """The keys whose last turn failed."""
        return len(self._failures)

    @property
    def oldest_seconds(self) -> float:
        """Return for how long the longest turn has been running; 0 when none is."""
        return max((self.monotonic() - at for at in self._running.values()), default=0.0)

    def add(self, key: Key) -> None:
        """Have an object looked at as soon as a worker is free."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if key in self._running:
            self._dirty.add(key)
        else:
            self._waiting[key] = None
            self._filled.set()

    async def work(self) -> None:
        """Work until cancelled."""
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(WORKERS):
                    workers.create_task(self._work())
        finally:
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()

    async def _work(self) -> None:
        while True:
            while not self._waiting:
                self._filled.clear()
                await self._filled.wait()
            key = next(iter(self._waiting))
            del self._waiting[key]
            self._running[key] = self.monotonic()
            try:
                await self._turn(key)
            finally:
                del self._running[key]
            if key in self._dirty:
                self._dirty.discard(key)
                self.add(key)

    async def _turn(self, key: Key) -> None:
        try:
            outcome = await self.reconcile(key)
        except Exception as error:  # noqa: BLE001 - a broken object must never block the others
            failures = self._failures.get(key, 0) + 1
            self._failures[key] = failures
            pause = back_off(failures)
            _log.warning("reconcile.failed", key=str(key), failures=failures, why=repr(error))
            self._later(key, pause)
            return
        self._failures.pop(key, None)
        if isinstance(outcome, Again):
            self._later(key, RESYNC if outcome.after is None else outcome.after)

    def _later(self, key: Key, pause: timedelta) -> None:
        seconds = pause.total_seconds() * (1 + JITTER * self.draw())
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, self._due, key)

    def _due(self, key: Key) -> None:
        self._timers.pop(key, None)
        self.add(key)


def back_off(failures: int) -> timedelta:
    """Return the pause after so many failures in a row, doubling up to a bound."""
    doublings = min(failures - 1, MAX_DOUBLINGS)
    return min(FIRST_BACK_OFF * (1 << doublings), LONGEST_BACK_OFF)
