"""Where everything starts at once, the migration waits for its database, and not for ever."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from ironbull_app.db import migrate
from ironbull_app.db.unit_of_work import Database
from ironbull_app.processes import schema_wait
from ironbull_local import ports
from ironbull_local.database import RoleUrls
from ironbull_local.postgres import Postgres
from ironbull_messages.problems import Code, Problem


def test_a_database_that_comes_later_is_brought_to_head(
    postgres_server: Postgres, role_urls: RoleUrls
) -> None:
    name = f"test_{uuid.uuid4().hex}"
    later = f"{role_urls.owner.rpartition('/')[0]}/{name}"
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            make = sql.SQL("CREATE DATABASE {} OWNER ironbull_owner").format(sql.Identifier(name))
            with psycopg.connect(postgres_server.dsn(), autocommit=True) as connection:
                connection.execute(make)

    migrate.upgrade(later, pause)

    with psycopg.connect(later) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert found == (migrate.head(),)
    assert len(pauses) == 2
    with psycopg.connect(postgres_server.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def test_what_a_server_refuses_is_named_soon(role_urls: RoleUrls) -> None:
    place = role_urls.owner.rpartition("/")[0]
    absent = f"{place}/absent"
    wrong = role_urls.owner.replace("of-this-worker", "of-another")
    for url, why in ((absent, '"absent" does not exist'), (wrong, "password authentication")):
        pauses: list[float] = []
        with pytest.raises(Problem, match=why) as caught:
            migrate.upgrade(url, pauses.append)
        assert caught.value.code is Code.DATABASE_UNREACHABLE
        assert len(pauses) < migrate.MAX_REFUSALS


@contextmanager
def moved_to(role_urls: RoleUrls, revision: str) -> Iterator[None]:
    """Let the database say for a while that it is at another revision."""
    migrate.upgrade(role_urls.owner)
    with psycopg.connect(role_urls.owner, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))
        try:
            yield
        finally:
            connection.execute("UPDATE alembic_version SET version_num = %s", (migrate.head(),))


async def test_a_database_of_a_newer_platform_serves_an_older_one_that_is_rolled_back_to(
    role_urls: RoleUrls,
) -> None:
    ahead = f"{int(migrate.head()) + 1:04d}"
    database = Database(role_urls.platform, size=1)
    await database.open()
    try:
        with moved_to(role_urls, ahead):
            migrate.upgrade(role_urls.owner)
            await schema_wait.wait_for_schema(database, migrate.head(), asyncio.Event())
            with psycopg.connect(role_urls.owner) as connection:
                found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    finally:
        await database.close()
    assert found == (ahead,)


async def test_a_database_that_is_behind_is_waited_for_and_named(
    role_urls: RoleUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_wait, "WAIT_SECONDS", schema_wait.RETRY_SECONDS)
    database = Database(role_urls.platform, size=1)
    await database.open()
    try:
        for behind in ("0001", "another"):
            with (
                moved_to(role_urls, behind),
                pytest.raises(Problem, match=f"at {behind}, not") as caught,
            ):
                await schema_wait.wait_for_schema(database, migrate.head(), asyncio.Event())
            assert caught.value.code is Code.DATABASE_BEHIND
    finally:
        await database.close()


def test_a_server_that_never_comes_is_waited_for_and_named() -> None:
    pauses: list[float] = []
    with pytest.raises(Problem, match="refused") as caught:
        migrate.upgrade(f"postgresql://nobody@127.0.0.1:{ports.free_port()}/absent", pauses.append)
    assert caught.value.code is Code.DATABASE_UNREACHABLE
    assert len(pauses) == migrate.MAX_TRIES
