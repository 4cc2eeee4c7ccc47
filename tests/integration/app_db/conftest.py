"""A migrated database, its superuser's desk, and the product's own pools."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from fixtures.trading_desk import House, TradingDesk

from ironbull_app.db import migrate
from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.fleet_epoch import keep_epoch
from ironbull_local.database import RoleUrls
from ironbull_local.postgres import Postgres


@pytest.fixture
def desk(role_urls: RoleUrls, postgres_server: Postgres) -> TradingDesk:
    migrate.upgrade(role_urls.owner)
    name = psycopg.conninfo.conninfo_to_dict(role_urls.owner)["dbname"]
    return TradingDesk(postgres_server.dsn(str(name)))


@pytest.fixture
async def database(desk: TradingDesk, role_urls: RoleUrls) -> AsyncIterator[Database]:
    assert desk.dsn
    database = Database(role_urls.platform, role_urls.tenant)
    await database.open()
    await keep_epoch(begin_fleet(database))
    yield database
    await database.close()


@pytest.fixture
def house(desk: TradingDesk, database: Database) -> House:
    assert database is not None
    desk.market()
    return desk.house("acme", "aaaaaaaaaaaaaaaa")
