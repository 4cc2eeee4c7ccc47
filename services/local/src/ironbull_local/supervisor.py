"""Which processes run, in which order do they come and go, and what is known about them outside?"""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from ironbull_local import folder as folders
from ironbull_local import tether
from ironbull_local.process import Process, ProcessSpec

SAME_START_SECONDS: Final = 2.0
"""A process id whose process began at another moment belongs to a stranger."""


class Supervisor:
    """Hold the processes of one platform; the file of their states is written at each change."""

    def __init__(self, processes_file: Path) -> None:
        self._file = processes_file
        self._processes: dict[str, Process] = {}

    @property
    def names(self) -> list[str]:
        """The processes in the order in which they were started."""
        return list(self._processes)

    def __getitem__(self, name: str) -> Process:
        """Return one process."""
        return self._processes[name]

    def start(self, spec: ProcessSpec) -> Process:
        """Start a process and keep it alive."""
        process = Process(spec, self._write)
        self._processes[spec.name] = process
        process.start()
        return process

    async def replace(self, spec: ProcessSpec) -> Process:
        """Start a process, or start it anew when what runs was started differently."""
        running = self._processes.get(spec.name)
        if running is not None:
            if _same(running.spec, spec):
                return running
            await self.remove(spec.name)
        return self.start(spec)

    async def remove(self, name: str) -> None:
        """Stop a process and forget it."""
        process = self._processes.pop(name, None)
        if process is not None:
            await process.stop()
            self._write()

    async def stop_all(self) -> None:
        """Stop everything: what was started last goes first, processes of one kind together."""
        while self._processes:
            kind = _kind(list(self._processes)[-1])
            last = [name for name in self._processes if _kind(name) == kind]
            await asyncio.gather(*(self.remove(name) for name in last))

    def _write(self) -> None:
        folders.write_json(
            self._file,
            {
                "written_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "processes": [_row(process) for process in self._processes.values()],
            },
        )


def end_left_overs(processes_file: Path) -> list[str]:
    """Kill what an earlier supervisor started and could not end; return the names.

    The caller holds the folder's lock, so nobody else looks after them.
    """
    ended = []
    for row in folders.read_json(processes_file).get("processes", []):
        pid, began = row.get("pid"), row.get("process_started_at")
        if pid is None or began is None:
            continue
        try:
            process = psutil.Process(pid)
            if abs(process.create_time() - began) > SAME_START_SECONDS:
                continue
            process.send_signal(row["stop_signal"])
            _wait_or_kill(process, row["stop_seconds"])
            ended.append(row["name"])
        except psutil.NoSuchProcess:
            continue
    return ended


def _wait_or_kill(process: psutil.Process, seconds: float) -> None:
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        tether.kill_group(process.pid)
        process.wait(tether.KILL_SECONDS)


def _row(process: Process) -> dict[str, Any]:
    pid = process.pid
    return {
        "name": process.spec.name,
        "state": process.state.value,
        "pid": pid,
        "process_started_at": _create_time(pid),
        "starts": process.starts,
        "exit_code": process.exit_code,
        "log": str(process.spec.log),
        "labels": dict(process.spec.labels),
        "stop_signal": int(process.spec.stop_signal),
        "stop_seconds": process.spec.stop_seconds,
        "since": time.time(),
    }


def _create_time(pid: int | None) -> float | None:
    try:
        return None if pid is None else psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def _same(one: ProcessSpec, other: ProcessSpec) -> bool:
    return (list(one.command), dict(one.environment)) == (
        list(other.command),
        dict(other.environment),
    )


def _kind(name: str) -> str:
    """Return the part before the slash: engine/acme and engine/beta are of one kind."""
    return name.partition("/")[0]
