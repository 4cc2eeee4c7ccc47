"""The APIs over a migrated database of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.api_desk import ApiDesk, Signer

from ironbull_app.db import migrate
from ironbull_app.db.unit_of_work import Database
from ironbull_local.database import RoleUrls


@pytest.fixture
async def database(role_urls: RoleUrls) -> AsyncIterator[Database]:
    migrate.upgrade(role_urls.owner)
    database = Database(role_urls.platform, role_urls.tenant)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[ApiDesk]:
    desk = ApiDesk(database, tmp_path)
    yield desk
    await desk.close()


@pytest.fixture
async def acme(api: ApiDesk) -> Signer:
    return await api.tenant("acme", stock="1000")
