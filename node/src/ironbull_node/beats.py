"""How does a member keep its lease? Hello once, then a beat every three seconds."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from ironbull_kit.clocks import machine_now, monotonic
from ironbull_messages import subjects
from ironbull_messages.fleet import (
    BEAT_SECONDS,
    Beat,
    BeatReply,
    Control,
    HeldAccount,
    Hello,
    HelloReply,
)
from ironbull_node.bus import Bus, BusError
from ironbull_node.changes import Changes
from ironbull_node.leases import Leases

REQUEST_SECONDS: Final = 2.5
HELLO_PAUSE_SECONDS: Final = 1.0

_log = structlog.get_logger()


class RefusedError(Exception):
    """The centre does not accept this session; it is final."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a beat tells of the member's work."""

    open_tasks: int
    unknown_tasks: int
    submitting_tasks: int
    clock_offset_seconds: float
    held: tuple[HeldAccount, ...]
    handed_back: tuple[HeldAccount, ...]


@dataclass(frozen=True, slots=True)
class Introduction:
    """What stays the same for a whole session."""

    member: subjects.MemberSubject
    session_id: UUID
    journal_id: UUID
    public_key: str
    version: str


class Beats:
    """Say hello, beat, and pass controls on."""

    def __init__(  # noqa: PLR0917 - the parts it joins
        self,
        bus: Bus,
        who: Introduction,
        leases: Leases,
        changes: Changes,
        load: Callable[[], Load],
        follow: Callable[[Control], None],
    ) -> None:
        self._bus = bus
        self._who = who
        self._leases = leases
        self._changes = changes
        self._load = load
        self._follow = follow
        self._now = asyncio.Event()

    def beat_now(self) -> None:
        """Do not wait for the next beat's turn."""
        self._now.set()

    async def hello(self) -> None:
        """Introduce the member; asks until the centre answers.

        Raises:
            RefusedError: the centre said no.
        """
        who = self._who
        message = Hello(
            token=who.member.token,
            session_id=who.session_id,
            journal_id=who.journal_id,
            public_key=who.public_key,
            version=who.version,
        ).to_bytes()
        subject = subjects.hello(who.member.tenant, who.member.token)
        while True:
            try:
                answer = await self._bus.request(subject, message, REQUEST_SECONDS)
                reply = HelloReply.model_validate_json(answer)
                break
            except (BusError, ValidationError) as error:
                _log.info("hello.unanswered", why=type(error).__name__)
            await asyncio.sleep(HELLO_PAUSE_SECONDS)
        if not reply.accepted or reply.control is None:
            raise RefusedError(f"hello refused: {reply.why}")
        _log.info("hello.accepted", session=str(who.session_id), journal=str(who.journal_id))
        self.hear(reply.control)

    async def run(self) -> None:
        """Beat for as long as the member lives.

        Raises:
            RefusedError: the centre has another session of this member.
        """
        while True:
            self._now.clear()
            await self.beat()
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._now.wait()
            except TimeoutError:
                continue

    async def beat(self) -> None:
        """Send one beat; the lease counts from here.

        Raises:
            RefusedError: the centre said no.
        """
        sent_at = monotonic()
        body = self._beat().to_bytes()
        subject = subjects.beat(self._who.member.tenant, self._who.member.token)
        try:
            answer = await self._bus.request(subject, body, REQUEST_SECONDS)
            reply = BeatReply.model_validate_json(answer)
        except (BusError, ValidationError) as error:
            _log.warning(
                "beat.unanswered",
                why=type(error).__name__,
                lease_seconds=round(self._leases.seconds_left, 1),
            )
            return
        if not reply.accepted or reply.control is None:
            raise RefusedError(f"beat refused: {reply.why}")
        self._leases.extend(sent_at, reply.lease_seconds)
        self.hear(reply.control)

    def hear(self, control: Control) -> None:
        """Obey a snapshot, pushed or answered."""
        if not self._leases.take(control):
            return
        self._changes.ring()
        self._follow(control)

    async def hear_pushed(self, body: bytes) -> None:
        """Obey a pushed snapshot."""
        try:
            control = Control.model_validate_json(body)
        except ValidationError as error:
            _log.error("control.unreadable", errors=error.error_count())
            return
        self.hear(control)

    def _beat(self) -> Beat:
        load, who = self._load(), self._who
        return Beat(
            token=who.member.token,
            session_id=who.session_id,
            journal_id=who.journal_id,
            version=who.version,
            sent_at=machine_now(),
            open_tasks=load.open_tasks,
            unknown_tasks=load.unknown_tasks,
            submitting_tasks=load.submitting_tasks,
            clock_offset_seconds=load.clock_offset_seconds,
            held=load.held,
            handed_back=load.handed_back,
            draining=self._leases.is_draining,
        )
