"""Who runs PostgreSQL, which refuses to run as root?"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ironbull_messages.problems import Code, Problem

SYSTEM_USER = "ironbull"
_USERADD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SystemUser:
    """An account of this machine that only runs programs."""

    name: str
    uid: int
    gid: int


def postgres_user() -> SystemUser | None:
    """Return the system user that root hands PostgreSQL to, made when missing.

    Returns:
        None for an ordinary user, who runs it as himself.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make(SYSTEM_USER)
        entry = pwd.getpwnam(SYSTEM_USER)
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def can_reach(path: Path) -> bool:
    """Tell whether a user who owns nothing may pass every folder down to this one."""
    return all(
        folder.stat().st_mode & stat.S_IXOTH
        for folder in (path.absolute(), *path.absolute().parents)
        if folder.exists()
    )


def own(path: Path, user: SystemUser | None) -> None:
    """Hand a file or folder to the system user."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


def _make(name: str) -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise Problem(
            Code.SYSTEM_USER_MISSING,
            f"PostgreSQL refuses to run as root and this machine lacks useradd to make {name!r}",
        )
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [
            program,
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            name,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=_USERADD_SECONDS,
    )
    already_there = 9  # two first starts at once
    if done.returncode not in (0, already_there):
        raise Problem(
            Code.SYSTEM_USER_MISSING,
            f"could not make the system user {name!r}: {done.stderr.strip()}",
        )
