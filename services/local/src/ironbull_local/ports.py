"""Which TCP ports of the loopback interface are free?"""

import socket
import time

from ironbull_messages.problems import Code, Problem

LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.05
_CONNECT_SECONDS = 1.0


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


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
