"""A machine elsewhere: a network of its own, joined with this one by one link, and nothing else.

A process holds the network. When it ends, for whatever reason, the kernel takes network and link.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.commands import output
from cluster.places import ROOT

from ironbull_local import tether

WAIT_SECONDS = 20.0
POLL_SECONDS = 0.05
# Of each run one range of two addresses; 10.95 is none of the clusters' own.
RANGE = "10.95"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A network of its own.

    Args:
        near: this machine's address on the link.
        far: the other end's.
    """

    pid: int
    near: str
    far: str

    def inside(self, *words: str) -> tuple[str, ...]:
        """Return the command that does something there."""
        return (_program("nsenter"), f"--target={self.pid}", "--net", "--", *words)


@dataclass(frozen=True, slots=True)
class Balancer:
    """What leads from elsewhere to servers on our loopback interface."""

    host: str
    log: Path

    def cut_off(self, there: Elsewhere, port: int, since: float) -> list[float]:
        """Return when the server behind a port ended connections of a machine, after an instant."""
        rows = [json.loads(line) for line in self.log.read_text().splitlines()]
        ended = [row["at"] for row in rows if row.get("port") == port and row["peer"] == there.far]
        return [at for at in ended if at >= since]


@contextmanager
def network(name: str) -> Iterator[Elsewhere]:
    """Join another network with this machine as long as the block lasts.

    Args:
        name: of a few letters; the link is called after it.
    """
    third, fourth = secrets.randbelow(256), 4 * secrets.randbelow(64)
    near, far = f"{RANGE}.{third}.{fourth + 1}", f"{RANGE}.{third}.{fourth + 2}"
    link = f"ib-{name}-{secrets.token_hex(2)}"
    holder = tether.start(
        (_program("unshare"), "--net", "--", _program("sleep"), "infinity"), log=subprocess.DEVNULL
    )
    try:
        _until_own_network(holder.pid)
        output("ip", "link", "add", link, "type", "veth", "peer", "eth0", "netns", str(holder.pid))
        output("ip", "address", "add", f"{near}/30", "dev", link)
        output("ip", "link", "set", link, "up")
        there = Elsewhere(holder.pid, near, far)
        output(*there.inside("ip", "link", "set", "lo", "up"))
        output(*there.inside("ip", "address", "add", f"{far}/30", "dev", "eth0"))
        output(*there.inside("ip", "link", "set", "eth0", "up"))
        output(*there.inside("ip", "route", "add", "default", "via", near))
        yield there
    finally:
        tether.stop(holder)


@contextmanager
def balancer(host: str, ports: Mapping[int, int], log: Path) -> Iterator[Balancer]:
    """Lead connections to an address of ours to servers that listen on the loopback interface.

    Args:
        ports: port there → port here.
    """
    pairs = [f"{port}={target}" for port, target in ports.items()]
    words: Sequence[str] = (sys.executable, "-m", "cluster.remote.forward", host, *pairs)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    with log.open("wb") as told:
        process = tether.start(words, log=told, env=environment)
    try:
        _until(lambda: "listens" in log.read_text(), log.read_text)
        yield Balancer(host, log)
    finally:
        tether.stop(process)


def _until_own_network(pid: int) -> None:
    ours, theirs = Path("/proc/self/ns/net"), Path(f"/proc/{pid}/ns/net")
    _until(lambda: theirs.readlink() != ours.readlink(), lambda: f"{pid} is in our network")


def _until(look: Callable[[], bool], why: Callable[[], str]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not look():
        assert time.monotonic() < deadline, why()
        time.sleep(POLL_SECONDS)


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"this machine lacks {name}"
    return found
