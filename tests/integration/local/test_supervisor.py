"""The supervisor brings back what is killed, leaves no orphan and lets nobody share its folder."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from fixtures.waiting import PATIENCE_SECONDS, eventually

from ironbull_local import folder as folders
from ironbull_local.folder import DataFolder
from ironbull_local.process import FIRST_PAUSE_SECONDS, Process, ProcessSpec, State
from ironbull_local.supervisor import Supervisor, end_left_overs
from ironbull_messages.problems import Code, Problem

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
DEAF_PROGRAM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
DEAF = (sys.executable, "-c", DEAF_PROGRAM)


def spec(folder: Path, name: str, *command: str, stop_seconds: float = 5.0) -> ProcessSpec:
    return ProcessSpec(
        name, command, folder / f"{name}.log", dict(os.environ), stop_seconds=stop_seconds
    )


async def test_a_killed_process_comes_back(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json")
    process = supervisor.start(spec(tmp_path, "sleeper", *SLEEPER))
    await process.wait_until_ready()
    first = process.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    await eventually(lambda: process.pid not in (None, first) and process.state is State.READY)
    await supervisor.stop_all()
    assert process.pid is None


async def test_a_process_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json")
    process = supervisor.start(spec(tmp_path, "deaf", *DEAF, stop_seconds=0.3))
    await process.wait_until_ready()
    await eventually(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
    await supervisor.stop_all()
    assert process.exit_code == -signal.SIGKILL


async def test_a_process_that_cannot_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    supervisor = Supervisor(tmp_path / "processes.json")
    broken = ProcessSpec(
        "broken",
        (sys.executable, "-c", "raise SystemExit('no such venue')"),
        tmp_path / "broken.log",
        dict(os.environ),
        ready=never,
    )
    process = supervisor.start(broken)
    await eventually(lambda: process.starts > 1)
    with pytest.raises(Problem, match="no such venue") as failed:
        await process.wait_until_ready(0.1)
    await supervisor.stop_all()
    assert failed.value.code is Code.PROCESS_FAILED


async def test_a_process_that_ends_at_once_is_started_ever_more_slowly(tmp_path: Path) -> None:
    began: list[float] = []

    def changed() -> None:
        if process.state is State.STARTING:
            began.append(time.monotonic())

    broken = spec(tmp_path, "broken", sys.executable, "-c", "raise SystemExit(1)")
    process = Process(broken, changed)
    process.start()
    await eventually(lambda: len(began) > 3)
    await process.stop()
    pauses = [later - earlier for earlier, later in pairwise(began[:4])]
    assert all(pause >= FIRST_PAUSE_SECONDS * 2**turn for turn, pause in enumerate(pauses))


async def test_processes_end_in_the_reverse_of_their_start(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json")
    for name in ("postgres", "centre", "node/a", "node/b"):
        await supervisor.start(spec(tmp_path / "logs", name, *SLEEPER)).wait_until_ready()
    assert supervisor.names == ["postgres", "centre", "node/a", "node/b"]
    await supervisor.stop_all()
    assert supervisor.names == []
    assert folders.read_json(tmp_path / "processes.json")["processes"] == []


def test_children_die_with_a_killed_supervisor_and_the_rest_is_ended_later(tmp_path: Path) -> None:
    program = f"""
import asyncio, os
from pathlib import Path
from ironbull_local.process import ProcessSpec
from ironbull_local.supervisor import Supervisor

async def main():
    supervisor = Supervisor(Path({str(tmp_path)!r}) / "processes.json")
    for name, command in (("sleeper", {SLEEPER!r}), ("deaf", {DEAF!r})):
        log = Path({str(tmp_path)!r}) / f"{{name}}.log"
        spec = ProcessSpec(name, command, log, dict(os.environ), stop_seconds=0.5)
        await supervisor.start(spec).wait_until_ready()
    while "deaf" not in log.read_text():
        await asyncio.sleep(0.05)
    print("up", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    with subprocess.Popen((sys.executable, "-c", program), stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        rows = json.loads((tmp_path / "processes.json").read_text())["processes"]
        children = {row["name"]: psutil.Process(row["pid"]) for row in rows}
        parent.kill()

    assert children["sleeper"].wait(PATIENCE_SECONDS) is None  # gone; its code is not ours to read
    assert end_left_overs(tmp_path / "processes.json") == ["deaf"]
    assert not children["deaf"].is_running()


def test_one_folder_serves_one_platform(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folders.prepare(folder)
    assert folders.holder(folder) is None
    with folders.locked(folder):
        assert folders.holder(folder) == os.getpid()
        with pytest.raises(Problem, match=str(os.getpid())) as refused, folders.locked(folder):
            pass
    assert refused.value.code is Code.FOLDER_IN_USE
    assert folders.holder(folder) is None
