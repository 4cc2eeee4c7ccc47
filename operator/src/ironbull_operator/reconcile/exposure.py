"""How is the merchant API reached under a tenant's own name, and what stands in the way?"""

from dataclasses import dataclass
from typing import Any

from ironbull_messages.resources import MerchantApi, TenantSpec
from ironbull_operator import applying
from ironbull_operator.conditions import Verdict, stalled, waiting
from ironbull_operator.desired import exposure
from ironbull_operator.kinds import HTTP_ROUTE, INGRESS, SECRET, TENANT, Kind, Object, Ref
from ironbull_operator.kube import RefusedError
from ironbull_operator.reconcile.hands import Hands


@dataclass(frozen=True, slots=True)
class Exposed:
    """What became of the way in.

    Args:
        status: fields of the tenant's status.
        stands: what is missing; None: all is well.
    """

    status: dict[str, Any]
    stands: Verdict | None = None


NOWHERE = Exposed({"hostname": ""})


async def expose(hands: Hands, tenant: str, found: Object, spec: TenantSpec) -> Exposed:
    """Have just the way in that the document wants, while its hostname is the tenant's."""
    await _hear(hands, found)
    api = spec.api
    if api is None or api.hostname is None:
        if found.get("status", {}).get("hostname"):
            await remove(hands, tenant)
        return NOWHERE
    if (holder := hands.hostnames.holder(api.hostname)) != tenant:
        await remove(hands, tenant)
        return Exposed({"hostname": ""}, _taken(api.hostname, holder))
    lead = _by_ingress if api.gateway is None else _by_gateway
    try:
        return await lead(hands, tenant, api, api.hostname)
    except RefusedError as error:  # no reason to leave the tenant's engine alone
        return Exposed({"hostname": ""}, stalled("WayInRefused", f"spec.api: {error}"))


async def remove(hands: Hands, tenant: str) -> None:
    """Take every way in away."""
    for kind in (INGRESS, HTTP_ROUTE):
        await _remove(hands, tenant, kind)


async def _hear(hands: Hands, found: Object) -> None:
    """Know who wants which hostname, and have those looked at whom a change concerns."""
    if not hands.hostnames.is_whole:
        for one in await hands.kube.list(TENANT):
            hands.hostnames.learn(one)
        hands.hostnames.is_whole = True
    for other in hands.hostnames.learn(found):
        hands.wake(Ref(TENANT, other))


async def _by_ingress(hands: Hands, tenant: str, api: MerchantApi, hostname: str) -> Exposed:
    if api.ingress is None:
        raise ValueError(f"Tenant {tenant}: api has a hostname and no way in")
    await _remove(hands, tenant, HTTP_ROUTE)
    wanted = exposure.ingress(hands.platform, tenant, hostname, api.ingress, api.tls)
    await applying.ensure(hands.kube, wanted)
    stands = None
    if api.tls is not None:
        name, here = api.tls.secret_name, hands.platform.namespace
        if await hands.kube.get(Ref(SECRET, name, here)) is None:
            told = f"spec.api.tls.secretName: Secret {here}/{name} with the certificate is missing"
            stands = waiting("TlsSecretMissing", told)
    return Exposed({"hostname": hostname}, stands)


async def _by_gateway(hands: Hands, tenant: str, api: MerchantApi, hostname: str) -> Exposed:
    if api.gateway is None:
        raise ValueError(f"Tenant {tenant}: api has no gateway")
    await _remove(hands, tenant, INGRESS)
    if not await hands.kube.serves(HTTP_ROUTE):
        told = (
            f"spec.api.gateway: the cluster does not serve {HTTP_ROUTE.api_version}; install the "
            "Gateway API, or use spec.api.ingress. It is looked for again every few minutes"
        )
        return Exposed({"hostname": ""}, stalled("GatewayApiMissing", told))
    wanted = exposure.http_route(hands.platform, tenant, hostname, api.gateway)
    live = await applying.ensure(hands.kube, wanted)
    why = exposure.refusal(live)
    stands = waiting("RouteNotAccepted", f"spec.api.gateway: {why}") if why else None
    return Exposed({"hostname": hostname}, stands)


async def _remove(hands: Hands, tenant: str, kind: Kind) -> None:
    if kind == HTTP_ROUTE and not await hands.kube.serves(kind):
        return
    ref = Ref(kind, exposure.name_of(tenant), hands.platform.namespace)
    if await hands.kube.get(ref) is not None:
        await hands.kube.delete(ref)


def _taken(hostname: str, holder: str) -> Verdict:
    told = (
        f"spec.api.hostname {hostname} is taken by Tenant {holder}, which is older; choose another "
        "name, or take it away there: then it comes here by itself"
    )
    return stalled("HostnameTaken", told)
