"""How do tenants and staff come in? Through the node's Ingress, by the name of a host."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from cluster.places import FIRST, WEB_PORT
from cluster.story.stage import SYSTEM, Stage
from fixtures.rough_kills import until

from ironbull_client import AsyncMerchant
from ironbull_local.demo.calls import TIMEOUT_SECONDS, Desk
from ironbull_local.demo.setting import Doors

DOMAIN = "ironbull.test"
ADMIN = f"admin.{DOMAIN}"
# In it the platform's APIs speak of what is not there.
PROBLEM = "problem+json"


class ToTheNode(httpx.AsyncHTTPTransport):
    """Sends whatever host is named to the node's Ingress, as a name server would."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host=FIRST.address, port=WEB_PORT)
        return await super().handle_async_request(request)


def host(tenant: str) -> str:
    """Return by which name a tenant's servers call."""
    return f"{tenant}.{DOMAIN}"


def give_hostnames(stage: Stage, tenants: Sequence[str]) -> None:
    """Give each tenant a name of the merchant API, whose Ingress the operator makes."""
    for tenant in tenants:
        api = {"spec": {"api": {"hostname": host(tenant), "ingress": {}}}}
        stage.kubectl("patch", "tenant", tenant, "--type=merge", f"--patch={json.dumps(api)}")


def let_staff_in(stage: Stage) -> None:
    """Lead one name to the staff's API, as the chart's value admin.ingress would."""
    service = {"name": "ironbull-api", "port": {"name": "admin"}}
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": service}}
    stage.kubectl.apply(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "way-admin", "namespace": SYSTEM},
            "spec": {"rules": [{"host": ADMIN, "http": {"paths": [path]}}]},
        }
    )


async def until_led(tenants: Sequence[str]) -> None:
    """Wait until the Ingress has heard of all names: until then it answers itself, not the API."""
    names = [ADMIN, *(host(tenant) for tenant in tenants)]
    async with httpx.AsyncClient(transport=ToTheNode(), timeout=TIMEOUT_SECONDS) as client:

        async def all_lead() -> bool:
            answers = [await client.get(f"http://{name}/") for name in names]
            return all(PROBLEM in one.headers["content-type"] for one in answers)

        await until(all_lead, f"an Ingress that leads {', '.join(names)}")


@asynccontextmanager
async def doors(stage: Stage, tenants: Sequence[str]) -> AsyncIterator[Doors]:
    """Hold every tenant's key, the staff's token and the exchange's."""
    exchange = stage.exchange
    token = exchange.token_file.read_text().strip()
    staff = stage.secret("ironbull-keys", "staff.token")
    async with (
        httpx.AsyncClient(transport=ToTheNode(), timeout=TIMEOUT_SECONDS) as outside,
        httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as inside,
    ):
        merchants = {tenant: _merchant(stage, tenant, outside) for tenant in tenants}
        yield Doors(
            merchants, Desk(outside, f"http://{ADMIN}", staff), Desk(inside, exchange.url, token)
        )


def _merchant(stage: Stage, tenant: str, client: httpx.AsyncClient) -> AsyncMerchant:
    name = f"ironbull-merchant-{tenant}"
    key, secret = (stage.secret(name, part) for part in ("key_id", "secret"))
    return AsyncMerchant(f"http://{host(tenant)}", key, secret, client=client)
