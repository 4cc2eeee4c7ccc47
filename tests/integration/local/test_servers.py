"""PostgreSQL and NATS start from the wheels, survive a kill and leave nothing behind."""

import signal
import stat
from pathlib import Path

import nats
import psycopg
import pytest
from psutil import Process

from ironbull_local import nats_server, postgres, tether
from ironbull_messages.problems import Code, Problem


def test_postgres_is_version_18_and_speaks_utc(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('timezone')"
        ).fetchone()
    assert row == (18, "UTC")


def test_a_wrong_password_is_refused(postgres_server: postgres.Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_server.dsn(password="wrong"))


def test_the_superuser_password_is_readable_by_its_owner_alone(
    postgres_server: postgres.Postgres,
) -> None:
    mode = (postgres_server.folder / "superuser.password").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_postgres_never_runs_as_root(postgres_server: postgres.Postgres) -> None:
    pid = int((postgres_server.data / "postmaster.pid").read_text().splitlines()[0])
    assert Process(pid).uids().effective != 0


def test_a_second_start_ends_the_server_that_a_killed_starter_left(server_folder: Path) -> None:
    first = postgres.prepare(server_folder / "orphaned", durable=False)
    with first.log.open("ab") as log:
        orphan = tether.start(first.command(), log=log, user=first.user)
    postgres.wait_until_ready(first, orphan)
    with psycopg.connect(first.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

    with postgres.running(first.folder, durable=False) as second:
        with psycopg.connect(second.dsn()) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        assert orphan.wait(30) == 0


def test_a_killed_server_starts_again_on_its_data(server_folder: Path) -> None:
    first = postgres.prepare(server_folder / "killed", durable=False)
    with first.log.open("ab") as log:
        process = tether.start(first.command(), log=log, user=first.user)
    postgres.wait_until_ready(first, process)
    tether.kill_group(process.pid)
    process.wait(30)

    with postgres.running(first.folder, durable=False) as second:
        assert postgres.is_ready(second)


def test_a_data_folder_of_a_newer_postgres_is_refused(server_folder: Path) -> None:
    folder = server_folder / "newer"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("19\n")
    with pytest.raises(Problem) as refused:
        postgres.prepare(folder)
    assert refused.value.code == Code.FOLDER_NEWER


async def test_nats_keeps_a_stream_over_a_kill(tmp_path: Path) -> None:
    server = nats_server.prepare(tmp_path)
    for expected in (0, 1):
        with server.log.open("ab") as log:
            process = tether.start(server.command(), log=log)
        nats_server.wait_until_ready(server, process)
        client = await nats.connect(server.url)
        stream = client.jetstream()
        if expected == 0:
            await stream.add_stream(name="KEPT", subjects=["kept"])
            await stream.publish("kept", b"1")
        else:
            assert (await stream.stream_info("KEPT")).state.messages == expected
        await client.close()
        process.send_signal(signal.SIGKILL)
        process.wait(30)
