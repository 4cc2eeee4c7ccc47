"""End the cluster, however it was left, and remove all of it but the build cache."""

import contextlib
import shutil
import time
from pathlib import Path

from cluster import cgroups, network, processes
from cluster.places import MAX_NODES, OTHERS, RUN, RUNS, Node
from cluster.programs import COVERS

REMOVE_SECONDS = 10.0
POLL_SECONDS = 0.1
# Folders that were made to be covered are named here, one a line.
MADE = RUN / "made-folders"


def make_covered_folders() -> None:
    """Make the folders that a node covers, and remember which the machine did not have."""
    made = [folder for folder in COVERS if not Path(folder).exists()]
    MADE.write_text("".join(f"{folder}\n" for folder in made))
    for folder in made:
        Path(folder).mkdir(parents=True)


def stop() -> None:
    """Leave nothing of a cluster: no process, interface, mount, control group or file."""
    nodes = [Node(index) for index in range(1, MAX_NODES + 1)]
    for node in nodes:
        processes.end(node)
    network.remove()
    for node in nodes:
        cgroups.remove(node)
    _remove_covered_folders()
    _remove_files()


def _remove_covered_folders() -> None:
    folders = MADE.read_text() if MADE.exists() else ""
    others = [RUNS[name] / MADE.name for name in OTHERS]
    if other := next(filter(Path.exists, others), None):
        # Another cluster covers them too, and removes them at its end.
        other.write_text(other.read_text() + folders)
        return
    for folder in folders.splitlines():
        with contextlib.suppress(OSError):  # it is gone, or a program of the machine uses it
            Path(folder).rmdir()


def _remove_files() -> None:
    # The mounts of a node end a moment after its last process.
    deadline = time.monotonic() + REMOVE_SECONDS
    while RUN.exists():
        try:
            shutil.rmtree(RUN)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
