"""A migrated database and the fleet's store over the platform's role."""

import os
from collections.abc import AsyncIterator

import psycopg
import pytest
from fixtures.fleet_desk import Desk

from ironbull_app.db import migrate
from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.fleet_epoch import keep_epoch
from ironbull_kit.seal import KeyRing
from ironbull_local.database import RoleUrls
from ironbull_local.postgres import Postgres


@pytest.fixture
def desk(role_urls: RoleUrls, postgres_server: Postgres) -> Desk:
    migrate.upgrade(role_urls.owner)
    name = psycopg.conninfo.conninfo_to_dict(role_urls.owner)["dbname"]
    desk = Desk(postgres_server.dsn(str(name)), KeyRing(os.urandom(32)))
    desk.tenant("acme")
    return desk


@pytest.fixture
async def database(desk: Desk, role_urls: RoleUrls) -> AsyncIterator[Database]:
    assert desk.roots
    database = Database(role_urls.platform)
    await database.open()
    await keep_epoch(begin_fleet(database))
    yield database
    await database.close()
