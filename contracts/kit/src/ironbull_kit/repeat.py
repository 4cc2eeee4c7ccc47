"""How does a role do something again and again? A pass that fails is logged; the next one comes."""

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import Counter, Gauge

from ironbull_kit import logs
from ironbull_kit.drain import wait

PASSES = Counter(
    "ironbull_passes_total", "Passes of a loop and what became of them.", ("loop", "outcome")
)
LAST_PASS = Gauge(
    "ironbull_last_pass_timestamp_seconds", "When a pass last went through.", ("loop",)
)


async def every(
    seconds: float, name: str, action: Callable[[], Awaitable[object]], stopping: asyncio.Event
) -> None:
    """Act, then sleep `seconds`, until the process should end."""
    while not stopping.is_set():
        try:
            await action()
        except Exception:  # noqa: BLE001 - one bad pass must not end the role
            logs.get().exception("pass_failed", loop=name)
            PASSES.labels(name, "failed").inc()
        else:
            PASSES.labels(name, "done").inc()
            LAST_PASS.labels(name).set_to_current_time()
        await wait(stopping, seconds)
