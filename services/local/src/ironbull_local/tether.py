"""How is a program started so that it never outlives the process that started it?

On Linux the kernel sends the death signal to the child when the *thread* that started it ends, so
children are started from the main thread. Elsewhere the next start ends what a killed parent left.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from ironbull_local.system_user import SystemUser

STOP_SECONDS = 20.0
KILL_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str],
    *,
    log: int | IO[bytes],
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: SystemUser | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in its own process group, tied to the life of this process.

    Args:
        command: program and arguments.
        log: where its standard output and error go.
        env: its whole environment; None inherits ours.
        folder: where it runs; None means where we are.
        user: who runs it; None means the present user.
        death_signal: what it gets when this process dies.
    """
    return subprocess.Popen(  # noqa: S603 - our own command line, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=env,
        cwd=folder,
        user=None if user is None else user.uid,
        group=None if user is None else user.gid,
        extra_groups=None if user is None else [],
        # After the change of user, which would clear the death signal.
        preexec_fn=_tether(os.getpid(), death_signal),  # noqa: PLW1509 - prctl only, prepared here
        process_group=0,
    )


def stop(
    process: subprocess.Popen[bytes],
    stop_signal: signal.Signals = signal.SIGTERM,
    timeout_seconds: float = STOP_SECONDS,
) -> int:
    """Ask a program to end and kill its whole group if it does not; return its exit code."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            kill_group(process.pid)
    return process.wait(KILL_SECONDS)


def kill_group(pid: int) -> None:
    """Kill the group that a program leads; one that is gone is fine."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _tether(parent: int, death_signal: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # loaded here: nothing is imported after the fork

    def set_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died before the line above
            os.kill(os.getpid(), death_signal)

    return set_death_signal
