"""An API process that cannot start says why in one line, with a code and the way out."""

import asyncio
import os
import socket
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import psycopg
import pytest
from fixtures.api_desk import PLATFORM, STAFF

from ironbull_app.db import migrate
from ironbull_app.db.unit_of_work import Database
from ironbull_app.processes import api_readiness
from ironbull_local.database import RoleUrls
from ironbull_local.postgres import Postgres


def _start(folder: Path, urls: RoleUrls, **changes: str) -> subprocess.CompletedProcess[str]:
    (folder / "staff").write_text(STAFF)
    (folder / "platform").write_text(PLATFORM)
    (folder / "master").write_text(b64encode(os.urandom(32)).decode())
    settings = {
        "IRONBULL_DATABASE_URL": urls.platform,
        "IRONBULL_TENANT_DATABASE_URL": urls.tenant,
        "IRONBULL_MASTER_KEY": str(folder / "master"),
        "IRONBULL_STAFF_TOKEN": str(folder / "staff"),
        "IRONBULL_PLATFORM_TOKEN": str(folder / "platform"),
        "IRONBULL_ENDPOINTS_FILE": str(folder / "endpoints.json"),
    }
    return subprocess.run(
        [sys.executable, "-m", "ironbull_app", "api"],
        env={"PATH": os.environ["PATH"], **settings, **changes},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_taken_port_is_named(role_urls: RoleUrls, tmp_path: Path) -> None:
    migrate.upgrade(role_urls.owner)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = _start(tmp_path, role_urls, IRONBULL_MERCHANT_PORT=port)
    assert ended.returncode == 1
    assert f"port_taken: port {port}" in ended.stderr
    assert not (tmp_path / "endpoints.json").exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"IRONBULL_MERCHANT_PORT": "70000"}, "setting_invalid"),
        ({"IRONBULL_DATABASE_URL": "mysql://x"}, "setting_invalid"),
        ({"IRONBULL_MASTER_KEY": "/nowhere/at/all"}, "setting_invalid"),
        ({"IRONBULL_DATABASE_URL": "postgresql://x:y@127.0.0.1:1/none"}, "database_unreachable"),
    ],
)
def test_a_wrong_setting_is_named(
    role_urls: RoleUrls, tmp_path: Path, change: dict[str, str], code: str
) -> None:
    migrate.upgrade(role_urls.owner)
    ended = _start(tmp_path, role_urls, **change)
    assert ended.returncode == 1
    assert f"{code}: " in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_database_that_is_away_makes_the_api_unready_until_it_is_back(
    database: Database, role_urls: RoleUrls
) -> None:
    missing: dict[str, str] = {}
    await api_readiness.look(database, missing)
    assert missing == {}
    closed = Database(role_urls.platform, role_urls.tenant)
    await api_readiness.look(closed, missing)
    assert set(missing) == {"database"}
    await api_readiness.look(database, missing)
    assert missing == {}


async def test_connections_that_a_restart_broke_are_replaced_before_a_caller_gets_one(
    database: Database, postgres_server: Postgres, role_urls: RoleUrls
) -> None:
    async def ask() -> None:
        async with database.platform() as tx:
            await tx.row("SELECT pg_sleep(0.05)")

    await asyncio.gather(*(ask() for _ in range(6)))
    name = psycopg.conninfo.conninfo_to_dict(role_urls.platform)["dbname"]
    with psycopg.connect(postgres_server.dsn(), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        ).fetchall()
    assert len(ended) > 3

    missing: dict[str, str] = {}
    await api_readiness.look(database, missing)

    assert missing == {}
    await asyncio.gather(*(ask() for _ in range(6)))
