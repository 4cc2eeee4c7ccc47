"""Where may a test kill a process? At named points, chosen by the environment."""

import os
import signal
from typing import Final

from ironbull_messages.launch import Env

_CHOSEN: Final = os.environ.get(Env.CRASH_POINT, "")


def point(name: str) -> None:
    """Die here as by `kill -9` when the environment names this point."""
    if name == _CHOSEN:
        os.kill(os.getpid(), signal.SIGKILL)
