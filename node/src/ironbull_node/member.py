"""How do a member's parts live together? Hello, lease, grant, take up open tasks, pull."""

import asyncio
import time
from collections.abc import Coroutine
from importlib.metadata import version
from typing import Final
from uuid import uuid4

import structlog

from ironbull_kit.clocks import monotonic
from ironbull_messages import subjects
from ironbull_messages.fleet import Control, told_version
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.launch import SEAL_KEY_FILE, NodeLaunch
from ironbull_messages.words import Lane
from ironbull_node import keys
from ironbull_node.beats import Beats, Introduction, Load
from ironbull_node.bus import Bus
from ironbull_node.changes import Changes
from ironbull_node.clock import VenueClock
from ironbull_node.crew import Crew
from ironbull_node.granting import Granting
from ironbull_node.journal import Journal
from ironbull_node.lanes import Lanes
from ironbull_node.leases import Leases
from ironbull_node.permission import Permission
from ironbull_node.reporter import Reporter
from ironbull_node.settings import AccountSettings
from ironbull_node.turns import Turns
from ironbull_node.venue.port import Venue, VenueError
from ironbull_node.worker import Hands, Worker

CLOCK_SECONDS: Final = 30.0
FIRST_CLOCK_PAUSE_SECONDS: Final = 0.5
FORGET_SECONDS: Final = 3_600.0
DRAIN_PAUSE_SECONDS: Final = 0.1

_log = structlog.get_logger()


class Member:
    """One running member of an execution node."""

    def __init__(self, launch: NodeLaunch, bus: Bus, venue: Venue, journal: Journal) -> None:
        self._bus = bus
        self._venue = venue
        self._journal = journal
        who = subjects.MemberSubject("task", launch.tenant, launch.token)
        self._who = who
        self._changes = Changes()
        self._leases = Leases(monotonic)
        private = keys.load_or_make(launch.state_dir / SEAL_KEY_FILE)
        self._keyring = keys.KeyRing(
            private, launch.centre_key, launch.tenant, launch.token, launch.environment
        )
        self._clock = VenueClock(venue.venue_time_ms)
        self._reporter = Reporter(bus, journal, launch.tenant, launch.token)
        settings = AccountSettings(venue)
        window_seconds = venue.quirks.window_ms / 1000
        self._worker = Worker(
            Hands(
                venue=venue,
                clock=self._clock,
                journal=journal,
                reporter=self._reporter,
                permission=Permission(self._leases, self._keyring, self._changes, window_seconds),
                settings=settings,
                turns=Turns(),
                concurrency=launch.concurrency,
            )
        )
        self._crew = Crew(self._worker, journal, self._reporter)
        session = Introduction(
            member=who,
            session_id=uuid4(),
            journal_id=journal.journal_id,
            public_key=self._keyring.public_key,
            version=told_version(version("ironbull-node")),
        )
        self._granting = Granting(
            bus,
            venue,
            self._keyring,
            self._leases,
            settings,
            self._changes,
            who,
            session.session_id,
        )
        self._beats = Beats(bus, session, self._leases, self._changes, self._load, self._follow)
        self._lanes = Lanes(
            bus,
            journal,
            self._leases,
            self._clock,
            self._changes,
            who,
            begin=self._crew.begin,
            again=self._crew.again,
            in_hand=self._crew.in_hand,
        )
        self._side: set[asyncio.Task[None]] = set()
        self._asked_back: set[ExchangeAccountId] = set()
        self._drain_seconds = launch.drain_seconds
        self._hands_all_back = False

    def figures(self) -> dict[str, float]:
        """Return the figures of `figures.FIGURES`."""
        now = asyncio.get_running_loop().time()
        return {
            "lease_seconds": self._leases.seconds_left if self.is_ready else 0.0,
            "tasks_in_hand": self._crew.in_hand(),
            "tasks_unknown": len(self._worker.unknown),
            "tasks_submitting": self._worker.submitting.total(),
            "results_waiting": self._reporter.waiting,
            "accounts_held": len(self._keyring.held()),
            "clock_offset_seconds": self._clock.offset_seconds,
            "open_pull_age_seconds": now - self._lanes.pulled_at[Lane.OPEN],
            "close_pull_age_seconds": now - self._lanes.pulled_at[Lane.CLOSE],
        }

    @property
    def is_ready(self) -> bool:
        """Say whether the member holds a lease."""
        return self._leases.seconds_left > 0

    def missing(self) -> dict[str, str]:
        """Return what keeps the member from working: part → why."""
        return {} if self.is_ready else {"lease": "no beat was answered within the lease"}

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop, then hand everything back.

        Raises:
            RefusedError: the centre does not accept the session.
        """
        serving = asyncio.create_task(self._serve())
        told = asyncio.create_task(_wait(stopping))
        try:
            await asyncio.wait([serving, told], return_when=asyncio.FIRST_COMPLETED)
            if not serving.done() and self.is_ready:
                await self._drain()
        finally:
            await _end([told, *self._side])
            await self._crew.stop()
            await _end([serving])

    async def _serve(self) -> None:
        await self._first_clock()
        await self._beats.hello()
        who = self._who
        await self._bus.listen(subjects.control(who.tenant, who.token), self._beats.hear_pushed)
        await self._beats.beat()
        _log.info("journal.taken_up", tasks=await self._crew.take_up())
        loops = [
            asyncio.create_task(loop)
            for loop in (
                self._beats.run(),
                self._reporter.run(),
                self._clock_loop(),
                self._forget_loop(),
                *(self._lanes.run(lane) for lane in Lane),
            )
        ]
        try:
            await asyncio.wait(loops, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await _end(loops)

    async def _drain(self) -> None:
        """Sign no more, find out what became of each order, tell it, hand everything back.

        Accounts whose orders are known are handed back at once, the others as soon as theirs are.
        What is unknown at the end stays so, here and in the centre, for the next holder to prove.
        """
        self._leases.is_draining = True
        self._changes.ring()
        self._beats.beat_now()
        deadline = monotonic() + self._drain_seconds
        while monotonic() < deadline:
            await asyncio.sleep(DRAIN_PAUSE_SECONDS)
            if not self._worker.untold and not self._reporter.waiting:
                break
        self._hands_all_back = True
        await self._beats.beat()
        unknown = len(self._worker.unknown)
        _log.info("member.drained", open=self._crew.in_hand(), unknown=unknown)

    def _keeps(self, account_id: ExchangeAccountId) -> bool:
        """Say whether an account that should be handed back is needed a little longer."""
        if self._crew.is_submitting(account_id):
            return True
        is_ending = self._leases.is_draining and not self._hands_all_back
        return is_ending and self._crew.is_looking(account_id)

    def _load(self) -> Load:
        returning = self._leases.returning()
        return Load(
            open_tasks=self._crew.in_hand(),
            unknown_tasks=len(self._worker.unknown),
            submitting_tasks=self._worker.submitting.total(),
            clock_offset_seconds=self._clock.offset_seconds,
            held=self._keyring.held(),
            handed_back=tuple(row for row in returning if not self._keeps(row.account_id)),
        )

    def _follow(self, control: Control) -> None:
        """Act on a snapshot beside the beats, which must not wait."""
        self._beside(self._granting.follow(control))
        self._beside(self._book(control))
        if set(control.hand_back) - self._asked_back:
            self._beats.beat_now()
        self._asked_back = set(control.hand_back)

    async def _book(self, control: Control) -> None:
        if control.confirmed:
            await self._journal.confirm(control.confirmed, time.time())
        for task_id in control.asked:
            await self._crew.tell_again(task_id)

    def _beside(self, work: Coroutine[object, object, None]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(_logged(work))
        self._side.add(task)
        task.add_done_callback(self._side.discard)

    async def _first_clock(self) -> None:
        """Read the venue's clock before anything is signed; a venue that is down is waited for."""
        while True:
            try:
                await self._clock.measure()
            except VenueError as error:
                _log.warning("clock.unanswered", why=str(error))
                await asyncio.sleep(FIRST_CLOCK_PAUSE_SECONDS)
            else:
                return

    async def _clock_loop(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_SECONDS)
            try:
                await self._clock.measure()
            except VenueError as error:
                _log.warning("clock.unanswered", why=str(error))

    async def _forget_loop(self) -> None:
        while True:
            _log.info("journal.forgot", rows=await self._journal.forget(time.time()))
            await asyncio.sleep(FORGET_SECONDS)


async def _logged(work: Coroutine[object, object, None]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001 - side work is repeated with the next snapshot
        _log.exception("member.side_work_broken")


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """End loops; what ended one of them by itself is raised."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
