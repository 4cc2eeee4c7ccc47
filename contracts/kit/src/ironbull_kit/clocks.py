"""What time is it? Machine time and a monotonic clock, as things that can be passed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns aware machine time, UTC."""

Monotonic = Callable[[], float]
"""Returns seconds that never step."""


def machine_now() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


monotonic: Monotonic = time.monotonic
