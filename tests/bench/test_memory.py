"""How much memory does the whole stack take while the demo trades? Goal: ≤ 1.2 GiB, sum of PSS.

PSS counts a page shared by n processes as 1/n in each, so that the sum is what the machine gives
(Linux, proc_pid_smaps).
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from bench.page import Figure, write

GOAL_MIB = 1.2 * 1024
SAMPLE_SECONDS = 1.0
DEMO_SECONDS = 600
MIB = 1024 * 1024


@pytest.fixture
def folder() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="ironbull-bench-"))
    root.chmod(0o711)  # PostgreSQL may run as another user
    yield root
    shutil.rmtree(root)


@pytest.mark.timeout(900)
def test_memory_of_the_stack_while_the_demo_trades(folder: Path) -> None:
    command = (sys.executable, "-m", "ironbull_local", "demo", "--data", str(folder / "data"))
    peak: dict[str, float] = {}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as demo:
        deadline = time.monotonic() + DEMO_SECONDS
        while demo.poll() is None and time.monotonic() < deadline:
            found = _pss(psutil.Process(demo.pid))
            if sum(found.values()) > sum(peak.values()):
                peak = found
            time.sleep(SAMPLE_SECONDS)
        assert demo.poll() == 0, "the demo did not prove itself"

    total = sum(peak.values())
    rows = [Figure(name, f"{size:.0f} MiB") for name, size in sorted(peak.items())]
    goal = f"{total:.0f} MiB of {GOAL_MIB:.0f} MiB: {total / GOAL_MIB:.2f} of the goal"
    write("memory", "Memory of the local stack", [*rows, Figure("all, at its peak", goal)])
    assert len(peak) >= 5, f"only {sorted(peak)} were seen"


def _pss(root: psutil.Process) -> dict[str, float]:
    """Return MiB by kind of process; one that ends meanwhile counts nothing."""
    sizes: dict[str, float] = {}
    for process in [root, *root.children(recursive=True)]:
        try:
            name, size = _kind(process), process.memory_full_info().pss / MIB
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        sizes[name] = sizes.get(name, 0.0) + size
    return sizes


def _kind(process: psutil.Process) -> str:
    words = process.cmdline()
    text = " ".join(words)
    for kind in ("ironbull_app centre", "ironbull_app api", "ironbull_app engine", "ironbull_node"):
        if kind in text:
            return kind
    for kind in ("ironbull_paper", "nats-server", "postgres", "ironbull_local"):
        if kind in text:
            return kind
    return words[0].rsplit("/", 1)[-1] if words else "postgres"
