"""What a cluster could leave behind on this machine, read before and after it."""

import contextlib
import os
import re
from dataclasses import dataclass, fields
from pathlib import Path

from cluster import cgroups, processes
from cluster.commands import output
from cluster.places import OTHERS

# Figures of the kernel that change by themselves.
RESTLESS = re.compile(
    r"/fs/(dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota/)|/kernel/(random/|ns_last_pid"
    r"|pty/nr|sched_domain)|nf_conntrack_count"
)
FOLDERS = ("/run", "/var/lib", "/var/log", "/opt", "/etc", "/srv", str(Path.home()))


@dataclass(frozen=True, slots=True)
class Machine:
    """One look at this machine; what other programs change all the time is left out."""

    settings: frozenset[tuple[str, str]]
    mounts: frozenset[str]
    links: frozenset[str]
    routes: frozenset[str]
    spaces: frozenset[str]
    control_groups: frozenset[str]
    firewall: frozenset[str]
    files: frozenset[str]
    processes: frozenset[str]


def _settings() -> frozenset[tuple[str, str]]:
    found = set()
    for path in Path("/proc/sys").rglob("*"):
        if path.is_file() and not RESTLESS.search(str(path)):
            # Some may only be written, and those of a link vanish with it.
            with contextlib.suppress(OSError):
                found.add((str(path), path.read_text(errors="replace")))
    return frozenset(found)


def _spaces() -> frozenset[str]:
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            groups = (process / "cgroup").read_text()
            if any(f"/ironbull-{name}-" in groups for name in OTHERS):
                continue  # a pod of another cluster
            for kind in ("pid", "net", "mnt", "uts", "ipc"):
                # The link names no file.
                found.add(os.readlink(process / "ns" / kind))  # noqa: PTH115
    return frozenset(found)


def _lines(*words: str) -> frozenset[str]:
    lines = output(*words).splitlines()
    return frozenset(re.sub(r"\[\d+:\d+\]", "", line) for line in lines if line[:1] != "#")


def _mounts() -> frozenset[str]:
    rows = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return frozenset(f"{row[2]} {row[3]} {row[4]}" for row in rows)


def look() -> Machine:
    """Read this machine's state."""
    return Machine(
        settings=_settings(),
        mounts=_mounts(),
        links=_lines("ip", "-brief", "address"),
        routes=_lines("ip", "route", "show", "table", "all"),
        spaces=_spaces(),
        control_groups=frozenset(
            str(path) for top in cgroups.hierarchies() for path in top.iterdir() if path.is_dir()
        ),
        firewall=_lines("iptables-save") | _lines("ip6tables-save"),
        files=frozenset(
            str(path) for name in FOLDERS for path in Path(name).glob("*") if Path(name).is_dir()
        ),
        processes=frozenset(" ".join(one.words) for one in processes.of_cluster()),
    )


def left(before: Machine, after: Machine) -> dict[str, list[str]]:
    """Return what the later look shows that the earlier did not; settings only when both knew them.

    A kernel that loads a module on demand shows new settings; that module is no cluster's to end.
    """
    known = {path for path, _ in before.settings}
    found = {
        field.name: sorted(
            str(one) for one in getattr(after, field.name) - getattr(before, field.name)
        )
        for field in fields(Machine)
        if field.name != "settings"
    }
    changed = after.settings - before.settings
    found["settings"] = sorted(f"{path}: {value}" for path, value in changed if path in known)
    return {name: rows for name, rows in found.items() if rows}
