"""How does a process end in order? SIGTERM and SIGINT set an event; whoever loops looks at it."""

import asyncio
import signal


def on_signals() -> asyncio.Event:
    """Return an event that the first SIGTERM or SIGINT sets; call it inside the running loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def wait(stopping: asyncio.Event, seconds: float) -> bool:
    """Sleep until time is over or the process should end; return whether it should."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True
