"""What does a process take? Memory at its peak, processor time; and what does it say of itself?"""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import aiohttp
import psutil

SAMPLE_SECONDS = 0.1
MIB = 1024 * 1024


@dataclass(slots=True)
class Taken:
    """The most that was seen so far, in MiB and seconds."""

    rss: float = 0.0
    pss: float = 0.0
    cpu: float = 0.0

    def __str__(self) -> str:
        """Return it for people."""
        return f"{self.rss:.0f} MiB RSS, {self.pss:.0f} MiB PSS, {self.cpu:.1f} s of processor time"


@dataclass(slots=True)
class Watched:
    """A process under measurement; enter it as soon as it was started."""

    pid: int
    taken: Taken = field(default_factory=Taken)
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to look."""
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self) -> None:
        process = psutil.Process(self.pid)
        while process.is_running():
            try:
                memory, times = process.memory_full_info(), process.cpu_times()
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                return
            self.taken.rss = max(self.taken.rss, memory.rss / MIB)
            self.taken.pss = max(self.taken.pss, memory.pss / MIB)
            self.taken.cpu = times.user + times.system
            await asyncio.sleep(SAMPLE_SECONDS)


async def figures(health: Path) -> dict[str, float]:
    """Return a process's metrics by name with labels; empty: it does not answer."""
    try:
        url = json.loads(health.read_text())["url"]  # noqa: ASYNC240 - a line
        async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
            text = await answer.text()
    except (OSError, ValueError, aiohttp.ClientError):
        return {}
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def total(found: dict[str, float], name: str, *having: str) -> float:
    """Return the sum of a metric over its labels, or over those that contain some text."""
    return sum(
        value
        for key, value in found.items()
        if key.startswith(f"{name}{{") and (not having or any(one in key for one in having))
    )
