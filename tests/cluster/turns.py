"""One run of tests has the test cluster at a time; another waits for its end."""

import fcntl
import functools
import os

from cluster.places import NAME, cache
from cluster.progress import say


@functools.cache
def take() -> int:
    """Take the turn for the life of this process; return the open file that holds it."""
    cache().mkdir(parents=True, exist_ok=True)
    held = os.open(cache() / f"{NAME}.turn", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another run of tests has the cluster: waiting for its end")
        fcntl.flock(held, fcntl.LOCK_EX)
    return held
