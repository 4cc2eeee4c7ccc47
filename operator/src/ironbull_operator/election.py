"""Which replica may write? The one that holds the Lease, and nobody for a while after it is lost.

The rules are client-go's (tools/leaderelection): a candidate takes a lease over when it has not
seen it renewed for its whole duration on the candidate's *own* clock, so that clocks of machines
need not agree; a leader that could not renew by its deadline stops writing before anybody else may
begin. Other than there, errors of the connection are only ever tried again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

import structlog

DURATION: Final = timedelta(seconds=10)
DEADLINE: Final = timedelta(seconds=7)
RETRY: Final = timedelta(seconds=2)
CALL: Final = timedelta(seconds=2)
"""How long one request to the API server may take."""

_log = structlog.get_logger()


class LostError(Exception):
    """The lease could not be renewed in time; nothing may be written any more."""


class ConflictError(Exception):
    """Somebody else wrote the lease since it was read."""


class AwayError(Exception):
    """The API server did not answer, or not with an answer."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What the Lease says.

    Args:
        holder: empty: nobody.
        renewals: counts up with each renewal; any change shows that the holder lives.
        version: the resource version that was read; None: there is no Lease yet.
    """

    holder: str
    renewals: str
    transitions: int = 0
    version: str | None = None


class Leases(Protocol):
    """The one Lease object of this operator."""

    async def read(self) -> Hold | None:
        """Return what it says; None: it does not exist.

        Raises:
            AwayError: the API server is away.
        """

    async def write(self, holder: str, transitions: int, version: str | None) -> Hold:
        """Write it, provided that nobody wrote since `version`; None creates it.

        Raises:
            ConflictError: somebody did.
            AwayError: the API server is away; it may have been written or not.
        """


@dataclass(slots=True)
class Election:
    """One candidate.

    Args:
        identity: unique among replicas and restarts.
        monotonic: seconds that never step.
        pause: waits so many seconds.
    """

    leases: Leases
    identity: str
    monotonic: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    is_leading: bool = False
    _seen: Hold | None = None
    _seen_at: float = 0.0
    _renewed_at: float = 0.0

    @property
    def seconds_since_renewal(self) -> float:
        """Return the age of the leader's last renewal; 0 for a standby."""
        return self.monotonic() - self._renewed_at if self.is_leading else 0.0

    def guard(self) -> None:
        """Let a write through.

        Raises:
            LostError: this replica does not lead, or somebody else may by now.
        """
        if not self.is_leading or self.seconds_since_renewal >= DEADLINE.total_seconds():
            raise LostError("nothing is written any more")

    async def acquire(self) -> None:
        """Return once this replica leads."""
        while not await self._try():
            await self.pause(RETRY.total_seconds())
        self.is_leading = True
        _log.info("leader.elected", identity=self.identity)

    async def keep(self) -> None:
        """Renew for as long as this is awaited.

        Raises:
            LostError: not renewed by the deadline, or somebody else holds it.
        """
        while True:
            await self.pause(RETRY.total_seconds())
            left = DEADLINE.total_seconds() - self.seconds_since_renewal
            try:
                async with asyncio.timeout(max(left, 0.0)):
                    renewed = await self._try()
            except TimeoutError:
                renewed = False
            if renewed:
                continue
            usurped = self._seen is not None and self._seen.holder != self.identity
            since = self.seconds_since_renewal
            if usurped or since >= DEADLINE.total_seconds():
                self.is_leading = False
                raise LostError(f"not renewed for {since:.1f} s")

    async def release(self) -> None:
        """Let another replica take over at once; the caller has stopped writing."""
        if self.is_leading and self._seen is not None:
            self.is_leading = False
            with suppress(ConflictError, AwayError):
                await self.leases.write("", self._seen.transitions, self._seen.version)

    async def _try(self) -> bool:
        """Take or renew the lease; tell whether it is ours."""
        began = self.monotonic()
        try:
            async with asyncio.timeout(CALL.total_seconds()):
                held = await self.leases.read()
                self._notice(held)
                if not self._may_take(held):
                    return False
                mine = held is not None and held.holder == self.identity
                transitions = 0 if held is None else held.transitions + (not mine)
                version = None if held is None else held.version
                written = await self.leases.write(self.identity, transitions, version)
        except (AwayError, ConflictError, TimeoutError) as error:
            _log.warning("lease.not_written", identity=self.identity, why=repr(error))
            return False
        self._notice(written)
        self._renewed_at = began
        return True

    def _notice(self, held: Hold | None) -> None:
        if held is None or self._seen is None or _beat(held) != _beat(self._seen):
            self._seen_at = self.monotonic()
        self._seen = held

    def _may_take(self, held: Hold | None) -> bool:
        if held is None or held.holder in {"", self.identity}:
            return True
        return self.monotonic() - self._seen_at >= DURATION.total_seconds()


def _beat(held: Hold) -> Hold:
    return replace(held, version=None)
