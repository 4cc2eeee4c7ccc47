"""Run a program to its end, and say what it said when it fails."""

import os
import subprocess
from pathlib import Path

from cluster.places import HOMES

COMMAND_SECONDS = 120


class CommandError(Exception):
    """A program failed; the message holds its words."""


def output(*words: str, given: str | None = None, seconds: float = COMMAND_SECONDS) -> str:
    """Return what a program prints.

    Args:
        given: what it reads; None is nothing.

    Raises:
        CommandError: when it ends with another code than zero.
    """
    done = subprocess.run(
        words,
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
        env={**os.environ, **HOMES, "LC_ALL": "C.UTF-8"},
    )
    if done.returncode != 0:
        raise CommandError(f"{' '.join(words)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def succeeds(*words: str) -> bool:
    """Tell whether a program ends well."""
    try:
        output(*words)
    except CommandError:
        return False
    return True


def tail(path: Path, lines: int) -> str:
    """Return the last lines of a log; nothing of one that is not there."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
