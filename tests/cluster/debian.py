"""The Debian packages that the nodes and the images need, installed when their programs miss."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cluster.node_config import CNI_PROGRAMS
from cluster.progress import Progress

INSTALL_SECONDS = 1800
POLICY = Path("/usr/sbin/policy-rc.d")
NODE = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    f"{CNI_PROGRAMS}/ptp": "containernetworking-plugins",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ipset": "ipset",
    "socat": "socat",
    "ip": "iproute2",
    "unshare": "util-linux",
    "mount": "mount",
}
IMAGES = {"buildah": "buildah", "mmdebstrap": "mmdebstrap"}


class PackagesError(Exception):
    """A program misses and cannot be installed."""


def missing(wanted: dict[str, str]) -> list[str]:
    """Return the packages of the programs that this machine has not, by whatever way."""
    return sorted({package for program, package in wanted.items() if shutil.which(program) is None})


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep packages from starting their services, where the machine has no policy of its own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _apt(*words: str) -> str:
    done = subprocess.run(
        ("apt-get", "-y", "-qq", *words),
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS,
    )
    return "" if done.returncode == 0 else done.stdout.strip()


def install(wanted: dict[str, str]) -> None:
    """Install what misses; what came with another package (Docker's runc) stays as it is.

    Raises:
        PackagesError: with the packages to install by hand.
    """
    packages = missing(wanted)
    if not packages:
        return
    by_hand = f"install these by hand: {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise PackagesError(f"no apt-get here; {by_hand}")
    progress = Progress("install " + " ".join(packages), len(packages), "packages")
    _apt("update")  # an old list may still do
    with _no_service_starts():
        trouble = _apt("install", "--no-install-recommends", *packages)
    if trouble or missing(wanted):
        raise PackagesError(f"apt-get failed; {by_hand}\n{trouble}")
    progress.done("there")
