"""How does the demo reach what it drives: the APIs as tenants and staff, the exchange, the rows?"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import psycopg

from ironbull_client import AsyncMerchant
from ironbull_local.database import DATABASE, Role
from ironbull_local.demo import tally
from ironbull_local.demo.calls import TIMEOUT_SECONDS, Desk
from ironbull_local.demo.scenario import AURORA, BOREALIS
from ironbull_local.demo.setting import Doors
from ironbull_local.demo.tally import Tally
from ironbull_local.folder import DataFolder
from ironbull_local.keys import keep_merchant_key


@asynccontextmanager
async def doors(folder: DataFolder, urls: Mapping[str, str]) -> AsyncIterator[Doors]:
    """Hold both tenants' keys, the staff's token and the exchange's."""
    async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        keys = {tenant: keep_merchant_key(folder, tenant) for tenant in (AURORA, BOREALIS)}
        merchants = {
            tenant: AsyncMerchant(urls["merchant"], key.key_id, key.secret, client=client)
            for tenant, key in keys.items()
        }
        staff = folder.secret("staff.token").read_text()
        exchange = (folder.root / "paper" / "admin.token").read_text().strip()
        yield Doors(
            merchants, Desk(client, urls["admin"], staff), Desk(client, urls["paper"], exchange)
        )


@asynccontextmanager
async def counter(
    folder: DataFolder, urls: Mapping[str, str]
) -> AsyncIterator[psycopg.AsyncConnection[Tally]]:
    """Hold a connection that counts."""
    connection = await tally.connect(database_url(folder, urls))
    async with connection:
        yield connection


def database_url(folder: DataFolder, urls: Mapping[str, str]) -> str:
    """Return how the platform's role connects."""
    password = folder.secret(f"{Role.PLATFORM}.password").read_text()
    place = urls["postgres"].removeprefix("postgresql://")
    return f"postgresql://{Role.PLATFORM}:{password}@{place}/{DATABASE}"
