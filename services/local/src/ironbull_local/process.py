"""What is one supervised process: how it starts, when it is ready, how it is brought back?"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from ironbull_local import tether
from ironbull_local.system_user import SystemUser
from ironbull_messages.problems import Code, Problem

POLL_SECONDS: Final = 0.1
READY_SECONDS: Final = 60.0
FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 30.0
"""Who ran this long starts with the first pause again."""
LOG_BYTES: Final = 50_000_000
"""A log of this size is set aside when its process starts; one older log is kept."""
_LOG_TAIL_LINES: Final = 8

Ready = Callable[[], Awaitable[bool]]


async def at_once() -> bool:
    """Tell that a process needs no time to get ready."""
    return True


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """How one process is run.

    Args:
        before: called before each start, for files that must be fresh or gone.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    ready: Ready = at_once
    before: Callable[[], None] = lambda: None
    user: SystemUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = tether.STOP_SECONDS
    labels: Mapping[str, str] = field(default_factory=dict)


class State(StrEnum):
    """Where a process is in its life."""

    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"
    STOPPED = "stopped"


class Process:
    """Keep one process alive until told to stop; pauses between starts grow to a bound."""

    def __init__(self, spec: ProcessSpec, changed: Callable[[], None]) -> None:
        self.spec = spec
        self.state = State.STOPPED
        self.starts = 0
        self.exit_code: int | None = None
        self._changed = changed
        self._popen: subprocess.Popen[bytes] | None = None
        self._stopping = asyncio.Event()
        self._ready = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process now; None when there is none."""
        alive = self._popen is not None and self._popen.poll() is None
        return self._popen.pid if self._popen is not None and alive else None

    def start(self) -> None:
        """Begin to keep it alive."""
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.spec.name}")

    async def wait_until_ready(self, timeout_seconds: float = READY_SECONDS) -> None:
        """Return when it is ready.

        Raises:
            Problem: `process_failed` with the end of its log.
        """
        try:
            await asyncio.wait_for(self._ready.wait(), timeout_seconds)
        except TimeoutError:
            raise Problem(
                Code.PROCESS_FAILED,
                f"{self.spec.name} was not ready after {timeout_seconds:.0f} s"
                f" and {self.starts} starts; {self.spec.log} ends with: {log_tail(self.spec.log)}",
            ) from None

    async def stop(self) -> None:
        """Ask it to end, kill it when it does not, and return when it is gone."""
        self._stopping.set()
        if self._keeper is not None:
            await self._keeper

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            self._begin()
            await self._follow()
            if self._stopping.is_set():
                break
            if time.monotonic() - began >= STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._enter(State.WAITING)
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        await self._end()
        self._enter(State.STOPPED)

    def _begin(self) -> None:
        self.spec.before()
        rotate(self.spec.log)
        self.spec.log.parent.mkdir(parents=True, exist_ok=True)
        with self.spec.log.open("ab") as log:
            self._popen = tether.start(
                self.spec.command,
                log=log,
                env=self.spec.environment,
                folder=self.spec.log.parent,
                user=self.spec.user,
                death_signal=self.spec.stop_signal,
            )
        self.starts += 1
        self._enter(State.STARTING)

    async def _follow(self) -> None:
        """Return when the process has ended or is to be stopped."""
        while self._popen is not None and not self._stopping.is_set():
            code = self._popen.poll()
            if code is not None:
                self.exit_code = code
                tether.kill_group(self._popen.pid)  # what it started itself goes with it
                return
            if self.state is State.STARTING and await self.spec.ready():
                self._enter(State.READY)
            await self._pause(POLL_SECONDS)

    async def _end(self) -> None:
        popen = self._popen
        if popen is None or popen.poll() is not None:
            return
        popen.send_signal(self.spec.stop_signal)
        for _ in range(int(self.spec.stop_seconds / POLL_SECONDS)):
            if popen.poll() is not None:
                break
            await asyncio.sleep(POLL_SECONDS)
        tether.kill_group(popen.pid)
        self.exit_code = await asyncio.to_thread(popen.wait, tether.KILL_SECONDS)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _enter(self, state: State) -> None:
        self.state = state
        if state is State.READY:
            self._ready.set()
        else:
            self._ready.clear()
        self._changed()


def rotate(log: Path) -> None:
    """Set a log aside that has reached its bound."""
    if log.exists() and log.stat().st_size >= LOG_BYTES:
        log.replace(log.with_suffix(".1.log"))


def log_tail(path: Path) -> str:
    """Return the last lines of a log in one line."""
    if not path.exists():
        return "(no log)"
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 8192))
        text = file.read().decode(errors="replace")
    return " | ".join(text.splitlines()[-_LOG_TAIL_LINES:])
