"""A node's own control groups: one folder in each hierarchy, under which kubelet makes all pods'.

Tried on version 1 beside an empty version 2; version 2 alone is written by its documentation.
"""

import contextlib
import time
from pathlib import Path

from cluster.places import Node

REMOVE_SECONDS = 10.0
POLL_SECONDS = 0.1
CPUSET = ("cpuset.cpus", "cpuset.mems")
WANTED = ("cpu", "cpuset", "io", "memory", "pids")


def hierarchies() -> list[Path]:
    """Return where the control groups of this machine are mounted."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [Path(row[1]) for row in mounts if row[2] in {"cgroup", "cgroup2"}]


def make(node: Node) -> None:
    """Make the node's folder in every hierarchy."""
    for hierarchy in hierarchies():
        folder = hierarchy / node.cgroup
        folder.mkdir(exist_ok=True)
        offered = hierarchy / "cgroup.controllers"
        if offered.exists():
            passed = [f"+{name}" for name in WANTED if name in offered.read_text().split()]
            (folder / "cgroup.subtree_control").write_text(" ".join(passed))
            continue
        # A cpuset of version 1 begins empty, and nothing runs in an empty one.
        for name in CPUSET:
            if (hierarchy / name).exists():
                (folder / name).write_text((hierarchy / name).read_text())


def remove(node: Node) -> None:
    """Remove the node's folders from below; what just ended may hold one for a moment.

    Raises:
        TimeoutError: when a folder is still in use after that moment.
    """
    deadline = time.monotonic() + REMOVE_SECONDS
    for hierarchy in hierarchies():
        folder = hierarchy / node.cgroup
        while folder.exists():
            below = [path for path in folder.rglob("*") if path.is_dir()]
            for path in [*reversed(below), folder]:
                with contextlib.suppress(OSError):
                    path.rmdir()
            if folder.exists() and time.monotonic() > deadline:
                raise TimeoutError(f"{folder} is still in use")
            time.sleep(POLL_SECONDS if folder.exists() else 0)
