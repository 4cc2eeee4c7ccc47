"""Which object is reconciled next? One turn at a time each, again after failures and at times.

The semantics are client-go's workqueue: a key that is added while it waits is one key, and a key
that is added while it is worked on is worked on once more afterwards. As in controller-runtime's
priority queue, what happened goes before what is only due.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Generic, TypeVar

import structlog

from ironbull_operator import figures

WORKERS: Final = 10
FIRST_BACK_OFF: Final = timedelta(seconds=0.5)
LONGEST_BACK_OFF: Final = timedelta(seconds=60)
MAX_DOUBLINGS: Final = 16
LONGEST_WAIT: Final = timedelta(seconds=15)
"""The longest pause of an object that waits for something that no event tells of."""
RESYNC: Final = timedelta(seconds=120)
JITTER: Final = 0.2
"""Every pause is up to this share longer, so that objects do not march in step."""

MOST_PASSED: Final = 9
"""Of ten turns one is for somebody patient, however much happens."""

Key = TypeVar("Key", bound=Hashable)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Again:
    """The object exists; look at it again.

    Args:
        after: None means at the next resync. The pause doubles, up to a bound, while the object
            asks again and again and nothing happens to it.
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
    _waiting: dict[Key, float] = field(default_factory=dict)
    """Since when, in the order in which they were added."""
    _patient: dict[Key, float] = field(default_factory=dict)
    """Those that nothing happened to: at a start, and at a resync."""
    _passed: int = 0
    """How many turns in a row went past somebody patient."""
    _running: dict[Key, float] = field(default_factory=dict)
    _dirty: set[Key] = field(default_factory=set)
    _timers: dict[Key, asyncio.TimerHandle] = field(default_factory=dict)
    _failures: dict[Key, int] = field(default_factory=dict)
    _waits: dict[Key, int] = field(default_factory=dict)
    """How often in a row a key asked for another turn, and nothing happened to it."""
    _filled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def depth(self) -> int:
        """The keys that wait for a worker."""
        return len(self._waiting) + len(self._patient)

    @property
    def active(self) -> int:
        """The turns that run."""
        return len(self._running)

    @property
    def failing(self) -> int:
        """The keys whose last turn failed."""
        return len(self._failures)

    @property
    def oldest_seconds(self) -> float:
        """Return for how long the longest turn has been running; 0 when none is."""
        return max((self.monotonic() - at for at in self._running.values()), default=0.0)

    @property
    def unfinished_seconds(self) -> float:
        """Return the ages of all turns that run, in sum."""
        return sum(self.monotonic() - at for at in self._running.values())

    def add(self, key: Key) -> None:
        """Have an object looked at as soon as a worker is free: something happened to it."""
        self._waits.pop(key, None)
        self._stop_timer(key)
        if key in self._running:
            self._dirty.add(key)
            return
        since = self._patient.pop(key, None)
        if key not in self._waiting:
            self._waiting[key] = self.monotonic() if since is None else since
            self._tell()

    def add_patient(self, key: Key) -> None:
        """Have an object looked at after those that something happened to."""
        self._stop_timer(key)
        if not (key in self._running or key in self._waiting or key in self._patient):
            self._patient[key] = self.monotonic()
            self._tell()

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
            while not (self._waiting or self._patient):
                self._filled.clear()
                await self._filled.wait()
            key, since = self._take()
            at = self._running[key] = self.monotonic()
            figures.QUEUED_SECONDS.labels(figures.NAME).observe(at - since)
            try:
                await self._turn(key)
            finally:
                del self._running[key]
                figures.WORKED_SECONDS.labels(figures.NAME).observe(self.monotonic() - at)
            if key in self._dirty:
                self._dirty.discard(key)
                self.add(key)
            # A turn that asked nobody never let go of the loop: thousands of them would be one.
            await asyncio.sleep(0)

    def _take(self) -> tuple[Key, float]:
        """Take the key whose turn it is; the patient ones are passed over, and not for ever."""
        is_their_turn = not self._waiting or self._passed >= MOST_PASSED
        if self._patient and is_their_turn:
            self._passed, lane = 0, self._patient
        else:
            self._passed, lane = self._passed + bool(self._patient), self._waiting
        key = next(iter(lane))
        return key, lane.pop(key)

    async def _turn(self, key: Key) -> None:
        try:
            outcome = await self.reconcile(key)
        except Exception as error:  # noqa: BLE001 - a broken object must never block the others
            failures = self._failures.get(key, 0) + 1
            self._failures[key] = failures
            _log.warning("reconcile.failed", key=str(key), failures=failures, why=repr(error))
            self._later(key, back_off(failures))
            return
        self._failures.pop(key, None)
        match outcome:
            case Again(None):
                self._waits.pop(key, None)
                self._later(key, RESYNC)
            case Again(timedelta() as pause):
                waits = self._waits.get(key, 0)
                self._waits[key] = waits + 1
                self._later(key, _doubled(pause, waits, LONGEST_WAIT))
            case Gone():
                self._waits.pop(key, None)

    def _later(self, key: Key, pause: timedelta) -> None:
        seconds = pause.total_seconds() * (1 + JITTER * self.draw())
        figures.RETRIES.labels(figures.NAME).inc()
        self._stop_timer(key)
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, self._due, key)

    def _stop_timer(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _due(self, key: Key) -> None:
        self._timers.pop(key, None)
        self.add_patient(key)

    def _tell(self) -> None:
        figures.ADDS.labels(figures.NAME).inc()
        self._filled.set()


def back_off(failures: int) -> timedelta:
    """Return the pause after so many failures in a row, doubling up to a bound."""
    return _doubled(FIRST_BACK_OFF, failures - 1, LONGEST_BACK_OFF)


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    return min(first * (1 << min(times, MAX_DOUBLINGS)), longest)
