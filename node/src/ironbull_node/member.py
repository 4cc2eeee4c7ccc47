"""How do a member's parts live together? Hello, lease, grant, take up open tasks, pull."""

import asyncio
import time
from collections.abc import Coroutine
from importlib.metadata import version
from typing import Final
from uuid import uuid4

import structlog

from ironbull_messages import subjects
from ironbull_messages.fleet import BEAT_SECONDS, Control
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
DRAIN_SECONDS: Final = 12.0
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
        self._leases = Leases(time.monotonic)
        private = keys.load_or_make(launch.state_dir / SEAL_KEY_FILE)
        self._keyring = keys.KeyRing(private, launch.centre_key, launch.tenant, launch.token)
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
            version=version("ironbull-node"),
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
        self.lanes = Lanes(
            bus,
            journal,
            self._leases,
            self._clock,
            who,
            begin=self._crew.begin,
            again=self._crew.again,
            in_hand=self._crew.in_hand,
        )
        self._side: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Say whether the member holds a lease."""
        return self._leases.seconds_left > 0

    def stop(self) -> None:
        """Give everything back and end."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped.

        Raises:
            RefusedError: the centre does not accept the session.
        """
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
            )
        ]
        pulls = [asyncio.create_task(self.lanes.run(lane)) for lane in Lane]
        stopping = asyncio.create_task(self._stopped())
        try:
            await asyncio.wait([*loops, *pulls, stopping], return_when=asyncio.FIRST_COMPLETED)
            await _cancel(pulls)
            if stopping.done():
                await self._drain()
        finally:
            await _cancel([*pulls, *loops, stopping, *self._side])
            await self._crew.stop()

    async def _stopped(self) -> None:
        await self._stopping.wait()

    async def _drain(self) -> None:
        """Sign no more, wait for what is on its way, tell it, hand everything back."""
        self._leases.is_draining = True
        self._changes.ring()
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline:
            if not self._worker.submitting.total() and not self._reporter.waiting:
                break
            await asyncio.sleep(DRAIN_PAUSE_SECONDS)
        self._beats.beat_now()
        await asyncio.sleep(BEAT_SECONDS / 6)
        _log.info("member.drained", open=self._crew.in_hand())

    def _load(self) -> Load:
        returning = self._leases.returning()
        return Load(
            open_tasks=self._crew.in_hand(),
            unknown_tasks=len(self._worker.unknown),
            submitting_tasks=self._worker.submitting.total(),
            clock_offset_seconds=self._clock.offset_seconds,
            held=self._keyring.held(),
            handed_back=tuple(
                row for row in returning if not self._crew.is_submitting(row.account_id)
            ),
        )

    def _follow(self, control: Control) -> None:
        """Act on a snapshot beside the beats, which must not wait."""
        self._beside(self._granting.follow(control))
        self._beside(self._book(control))
        if control.hand_back:
            self._beats.beat_now()

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
        while not self._stopping.is_set():
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


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    """End loops; what ended one of them by itself is raised."""
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome
