"""The processes of a node, found by what they are, so that no file can name a wrong one."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cluster.places import MAX_NODES, RUN, Node

END_SECONDS = 30.0
POLL_SECONDS = 0.05
# It holds a pod, outlives the containerd that began it, and is then the first process's child.
SHIM = "containerd-shim"
# It holds a pod's network, in each pod.
PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Process:
    """One process as this machine numbers it."""

    pid: int
    parent: int
    words: tuple[str, ...]
    space: str

    @property
    def program(self) -> str:
        return Path(self.words[0]).name


def everything() -> Iterator[Process]:
    """Return all processes of the machine that still have words; one may end meanwhile."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            words = tuple((folder / "cmdline").read_text(errors="replace").split("\0")[:-1])
            if not words:
                continue
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            space = os.readlink(folder / "ns" / "pid")  # noqa: PTH115 - the link names no file
            yield Process(int(folder.name), parent, words, space)


def holders(node: Node) -> list[Process]:
    """Return the processes that hold a node: its first one and the one that made its spaces."""
    return [
        found
        for found in everything()
        if str(node.spec) in found.words and "cluster.init" in found.words
    ]


def first(node: Node) -> int | None:
    """Return the pid of a node's first process; None when the node does not run."""
    own = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - the link names no file
    return next((found.pid for found in holders(node) if found.space != own), None)


def programs(node: Node) -> dict[str, int]:
    """Return the pid of each program that a node's first process runs, by its name."""
    pid = first(node)
    return {
        found.program: found.pid
        for found in everything()
        if found.parent == pid and not found.program.startswith(SHIM)
    }


def main_of_pod(uid: str) -> int:
    """Return the pid of the process that a pod's container began; of several, the newest.

    Raises:
        LookupError: no container of the pod runs.
    """
    alive = {found.pid: found for found in everything()}
    shims = {pid for pid, found in alive.items() if found.program.startswith(SHIM)}
    found = [
        pid
        for pid, one in alive.items()
        if one.parent in shims and one.program != PAUSE and _is_of_pod(pid, uid)
    ]
    if not found:
        raise LookupError(f"no container of pod {uid} runs")
    return max(found)


def _is_of_pod(pid: int, uid: str) -> bool:
    try:
        return f"/pod{uid}/" in Path(f"/proc/{pid}/cgroup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def of_cluster() -> list[Process]:
    """Return every process of any node: the holders, and whatever lives in their spaces."""
    own = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - the link names no file
    nodes = [Node(index) for index in range(1, MAX_NODES + 1)]
    held = [found for node in nodes for found in holders(node)]
    spaces = {found.space for found in held} - {own}
    pids = {found.pid for found in held}
    prefix = f"{RUN}/"
    return [
        found
        for found in everything()
        if found.pid in pids or found.space in spaces or found.words[0].startswith(prefix)
    ]


def end(node: Node) -> None:
    """Kill a node as a power cut would: the kernel ends everything inside with it.

    Raises:
        TimeoutError: when something of it still lives after the time that an end may take.
    """
    pids = {found.pid for found in holders(node)}
    spaces = {found.space for found in holders(node)}
    spaces.discard(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115 - the link names no file
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + END_SECONDS
    while True:
        alive = [one for one in everything() if one.pid in pids or one.space in spaces]
        if not alive:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{node.name} does not end: {alive}")
        time.sleep(POLL_SECONDS)
