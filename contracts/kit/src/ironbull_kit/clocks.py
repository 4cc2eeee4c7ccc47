"""What time is it? Machine time and a monotonic clock, as things that can be passed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

Clock = Callable[[], datetime]
"""Returns aware machine time, UTC."""

Monotonic = Callable[[], float]
"""Returns seconds that never step and that pass while the machine sleeps."""


def machine_now() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that never step; a machine that slept has not won time by it.

    Linux stops its monotonic clock while a machine is suspended, and a lease or a measured offset
    would outlive its end by the length of the sleep; the clock since boot goes on
    (clock_gettime(2), CLOCK_BOOTTIME).
    """
    return time.clock_gettime(_UNSLEEPING)


_UNSLEEPING: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
