"""Which roles and which database does the platform find in a fresh PostgreSQL?"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from ironbull_local.postgres import Postgres

DATABASE: Final = "ironbull"


class Role(StrEnum):
    """A role of the product; none is a superuser and none bypasses row security."""

    OWNER = "ironbull_owner"
    TENANT = "ironbull_tenant"
    PLATFORM = "ironbull_platform"


@dataclass(frozen=True, slots=True)
class RoleUrls:
    """How each role connects to one database."""

    owner: str
    tenant: str
    platform: str


def prepare(server: Postgres, passwords: dict[Role, str], database: str = DATABASE) -> RoleUrls:
    """Make roles and database where they are missing, and set the passwords.

    Args:
        passwords: of every role.
    """
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for role in Role:
            _prepare_role(connection, role, passwords[role])
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
        if known.fetchone() is None:
            _run(connection, "CREATE DATABASE {} OWNER {}", database, Role.OWNER)
        _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
        for role in (Role.TENANT, Role.PLATFORM):
            _run(connection, "GRANT CONNECT ON DATABASE {} TO {}", database, role)
    return urls(server, passwords, database)


def urls(server: Postgres, passwords: dict[Role, str], database: str = DATABASE) -> RoleUrls:
    """Return how each role connects."""
    return RoleUrls(
        owner=server.dsn(database, Role.OWNER, passwords[Role.OWNER]),
        tenant=server.dsn(database, Role.TENANT, passwords[Role.TENANT]),
        platform=server.dsn(database, Role.PLATFORM, passwords[Role.PLATFORM]),
    )


def _prepare_role(connection: psycopg.Connection, role: Role, password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role.value,))
    if known.fetchone() is None:
        _run(connection, "CREATE ROLE {} LOGIN", role)
    # Hashed here, so that no log of a statement ever holds the password.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.value.encode(), b"scram-sha-256"
    )
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(
            sql.Identifier(role), sql.Literal(verifier.decode())
        )
    )


def _run(connection: psycopg.Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
