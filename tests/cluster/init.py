"""The first process of a node: it makes the node's own view, then runs and restarts its programs.

It is process 1 of its own process namespace. So whatever ends it, kill -9 included, the kernel ends
with it every program, container, mount, interface and namespace of the node.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Never

from cluster.progress import say
from cluster.spec import Program, Spec

TICK_SECONDS = 0.05
CONNECT_SECONDS = 0.5
RESTART_SECONDS = 1.0
MOUNT_SECONDS = 10


def mount(*words: str) -> None:
    """Mount in the node's own view."""
    subprocess.run(("mount", "--no-mtab", *words), check=True, timeout=MOUNT_SECONDS)


def make_view(spec: Spec) -> None:
    """Give the node its name, its empty folders and its own words in /proc."""
    socket.sethostname(spec.name)
    mount("--make-rshared", "/")
    for folder in spec.covers:
        mount("-t", "tmpfs", "-o", "mode=755", spec.name, folder)
    # kubelet sets these for the whole machine: it finds them set, and the machine keeps its own.
    for number, (path, words) in enumerate(spec.replaced):
        if Path(path).exists():
            own = Path(spec.folder) / f"proc-{number}"
            own.write_text(words)
            mount("--bind", str(own), path)
    subprocess.run(("ip", "link", "set", "lo", "up"), check=True, timeout=MOUNT_SECONDS)


def answers(address: str) -> bool:
    """Tell whether something accepts connections there; an empty address always does."""
    if not address:
        return True
    family, _, place = address.partition(":")
    host, _, port = place.rpartition(":")
    try:
        with socket.socket(socket.AF_UNIX if family == "unix" else socket.AF_INET) as probe:
            probe.settimeout(CONNECT_SECONDS)
            probe.connect(place if family == "unix" else (host, int(port)))
    except OSError:
        return False
    return True


class Programs:
    """The programs of a node, each running or waiting to run."""

    def __init__(self, spec: Spec) -> None:
        self._logs = Path(spec.folder) / "log"
        self._waiting = dict.fromkeys(spec.programs, 0.0)
        self._running: dict[int, tuple[Program, subprocess.Popen[bytes]]] = {}

    def start_what_may(self, now: float) -> None:
        """Start each program whose time has come and whose address answers."""
        for program, at in list(self._waiting.items()):
            if now >= at and answers(program.after):
                process = self._start(program)
                self._running[process.pid] = (program, process)
                del self._waiting[program]

    def collect_ended(self, now: float) -> None:
        """Take leave of what has ended, orphans included, and plan to start ours again."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._running:
                program, _ = self._running.pop(pid)
                code = os.waitstatus_to_exitcode(status)
                say(f"init: {program.name} ended with {code}, starts again")
                self._waiting[program] = now + RESTART_SECONDS

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        with (self._logs / f"{program.name}.log").open("ab") as log:
            return subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **dict(program.environment)},
                cwd="/",
                start_new_session=True,
            )


def run(spec: Spec) -> Never:
    """Keep the programs running until the kernel ends this process."""
    programs = Programs(spec)
    while True:
        now = time.monotonic()
        programs.collect_ended(now)
        programs.start_what_may(now)
        time.sleep(TICK_SECONDS)


def main() -> None:
    """Make the view, wait until the network is laid, and run; end when the starter has gone."""
    spec = Spec.read(Path(sys.argv[1]))
    make_view(spec)
    if sys.stdin.readline() != "go\n":
        sys.exit("init: the starter has gone before the network was laid")
    run(spec)


if __name__ == "__main__":
    main()
