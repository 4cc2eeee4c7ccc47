"""A paper exchange, a migrated database and NATS, for the market role and its engine."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from fixtures import nats_authority
from fixtures.market_desk import ENGINE, TENANT, Desk
from fixtures.nats_authority import Authority
from fixtures.paper_process import PaperProcess, running_paper

from ironbull_app.db import migrate
from ironbull_app.db.unit_of_work import Database
from ironbull_kit import streams
from ironbull_kit.nats_accounts import TenantClients
from ironbull_local.database import RoleUrls
from ironbull_local.postgres import Postgres


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    with running_paper(tmp_path_factory.mktemp("paper")) as paper:
        yield paper


@pytest.fixture
async def desk(
    role_urls: RoleUrls, postgres_server: Postgres, tmp_path: Path
) -> AsyncIterator[Desk]:
    migrate.upgrade(role_urls.owner)
    name = psycopg.conninfo.conninfo_to_dict(role_urls.owner)["dbname"]
    database = Database(role_urls.platform)
    await database.open()
    desk = Desk(database, postgres_server.dsn(str(name)), tmp_path)
    desk.tenant()
    yield desk
    await database.close()


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[Authority]:
    async with nats_authority.running(tmp_path / "authority") as authority:
        await authority.push(TenantClients(TENANT, engines=(ENGINE,), members=()))
        await streams.ensure_streams(authority.centre.jetstream())
        yield authority
