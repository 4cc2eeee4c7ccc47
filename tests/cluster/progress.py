"""Lines for a person who waits: rarely, and one when it is done."""

import sys
import time

EVERY_SECONDS = 10.0


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Progress:
    """One long piece of work of about so many steps."""

    def __init__(self, what: str, total: int, unit: str) -> None:
        self._what = what
        self._total = total
        self._unit = unit
        self._steps = 0
        self._began = self._told = time.monotonic()
        say(f"{what}: begins, {total} {unit} at most")

    def step(self) -> None:
        """Count one step, and tell it when the last line is some time ago."""
        self._steps += 1
        now = time.monotonic()
        if now - self._told >= EVERY_SECONDS:
            self._told = now
            seconds = now - self._began
            say(f"{self._what}: {self._steps} of {self._total} {self._unit}, {seconds:.0f} s")

    def done(self, result: str) -> None:
        """Tell what came of it."""
        say(f"{self._what}: {result} in {time.monotonic() - self._began:.0f} s")
