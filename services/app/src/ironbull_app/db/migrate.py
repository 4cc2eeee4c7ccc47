"""How does a database come to the newest migration, and how does a role know that it is there?"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from ironbull_kit import logs
from ironbull_messages.problems import Code, Problem

FOLDER: Final = Path(__file__).parent / "migrations"
LOCK: Final = 0x1B_0_0_0_1
LOCK_TIMEOUT: Final = "30s"
MAX_TRIES: Final = 120
RETRY_SECONDS: Final = 1.0
CONNECT_SECONDS: Final = 10
MAX_REFUSALS: Final = 3
"""A server that is up and refuses so often in a row does not mean us: a wrong URL is named soon."""


def head() -> str:
    """Return the newest revision that this code knows."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise Problem(Code.DATABASE_BEHIND, "there is no migration")
    return found


def is_served_by(found: str, wanted: str) -> bool:
    """Tell whether code that wants a revision works on a database that is at another one.

    It does from its own on: a migration only adds, and what code uses is taken away one release
    after the last that used it. So an older platform that a rollback brings back runs as it did.

    Args:
        found: where the database is; empty: nowhere yet. Revisions are numbered on.
        wanted: the newest revision that the code knows.
    """
    return found == wanted or (found.isdecimal() and int(found) > int(wanted))


def upgrade(url: str, pause: Callable[[float], None] = time.sleep) -> None:
    """Bring the database to the newest revision; one at a time, others wait.

    The server may still be on its way: where everything starts at once, nothing is first. A
    database that a newer platform has brought further stays as it is.

    Args:
        url: of the role `ironbull_owner`, as `postgresql://…`.
        pause: waits between two tries to connect.

    Raises:
        Problem: `database_unreachable` after `MAX_TRIES`, or `MAX_REFUSALS` of a server that is up.
    """
    engine = create_engine(_sqlalchemy(url), connect_args={"connect_timeout": CONNECT_SECONDS})
    with _connect(url, engine, pause) as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        _upgrade(connection)
        connection.execute(
            text("GRANT SELECT ON alembic_version TO ironbull_platform, ironbull_tenant")
        )
        connection.commit()
    engine.dispose()


def begin(message: str) -> None:
    """Write an empty migration after the newest one, numbered on; its SQL is written by hand.

    Args:
        message: what it does, in a few words.
    """
    command.revision(_config(), message, rev_id=f"{int(head()) + 1:04d}")


def _upgrade(connection: Connection) -> None:
    found = MigrationContext.configure(connection).get_current_revision() or ""
    connection.commit()
    if found != (wanted := head()) and is_served_by(found, wanted):
        logs.get().warning("database_ahead", found=found, wanted=wanted)
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


def _connect(url: str, engine: Engine, pause: Callable[[float], None]) -> Connection:
    # An error of connecting carries no SQLSTATE, but libpq's ping tells a server that is not up
    # from one that refuses.
    ping = make_conninfo(url, connect_timeout=CONNECT_SECONDS).encode()
    refusals, wrong = 0, ""
    for _ in range(MAX_TRIES):
        is_up = PGconn.ping(ping) == Ping.OK
        try:
            return engine.connect()
        except OperationalError as error:
            wrong = str(error.orig).strip()
        refusals = refusals + 1 if is_up else 0
        if refusals == MAX_REFUSALS:
            break
        logs.get().info("waiting_for_database", error=wrong)
        pause(RETRY_SECONDS)
    raise Problem(Code.DATABASE_UNREACHABLE, wrong)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)
