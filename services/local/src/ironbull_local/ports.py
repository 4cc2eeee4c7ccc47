"""Which TCP ports of the loopback interface are free?"""

import random
import socket
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from ironbull_messages.problems import Code, Problem

LOOPBACK = "127.0.0.1"
FIRST: Final = 10_000
MAX_TRIES: Final = 100
OUTGOING_FILE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_POLL_SECONDS = 0.05
_CONNECT_SECONDS = 1.0


def free_port(besides: Collection[int] = ()) -> int:
    """Return a port on which nobody listens, and which no outgoing connection will be given.

    A part keeps its port while it is down. One that the kernel also gives to outgoing connections
    could be taken meanwhile, by a connection of our own too.

    Args:
        besides: ports that are spoken for.
    """
    for port in candidates(outgoing_range(), random.SystemRandom()):
        if port not in besides and is_free(port):
            return port
    with socket.socket() as probe:  # this machine keeps no port from outgoing connections
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def candidates(outgoing: range, draw: random.Random) -> tuple[int, ...]:
    """Return ports to try, below those of outgoing connections; empty: there are too few."""
    below = range(FIRST, outgoing.start)
    return tuple(draw.sample(below, MAX_TRIES)) if len(below) >= MAX_TRIES else ()


def outgoing_range() -> range:
    """Return the ports that the kernel gives to outgoing connections (Linux, ip(7))."""
    first, last = OUTGOING_FILE.read_text().split()
    return range(int(first), int(last) + 1)


def is_free(port: int) -> bool:
    """Tell whether we could listen on a port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def claim(port: int, purpose: str) -> int:
    """Return the port itself, or a free one for zero.

    Raises:
        Problem: somebody else listens on it.
    """
    if port == 0:
        return free_port()
    if not is_free(port):
        raise Problem(Code.PORT_TAKEN, f"port {port} for {purpose} is taken")
    return port


def is_listening(port: int) -> bool:
    """Tell whether somebody accepts connections on a port."""
    try:
        with socket.create_connection((LOOPBACK, port), _CONNECT_SECONDS):
            return True
    except OSError:
        return False


def poll_pause(deadline: float) -> bool:
    """Wait a moment; tell whether the deadline (monotonic seconds) is still ahead."""
    time.sleep(_POLL_SECONDS)
    return time.monotonic() < deadline
