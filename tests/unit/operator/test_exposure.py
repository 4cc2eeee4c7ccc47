"""A hostname is the oldest tenant's that wants it; who lost it has it when it is free."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ironbull_messages.resources import TenantSpec
from ironbull_operator.desired.platform import Platform
from ironbull_operator.hostnames import Hostnames
from ironbull_operator.kinds import HTTP_ROUTE, INGRESS, SECRET, TENANT, Kind, Object, Ref
from ironbull_operator.kube import RefusedError
from ironbull_operator.reconcile import exposure
from ironbull_operator.reconcile.exposure import Exposed
from ironbull_operator.reconcile.hands import Hands

PLATFORM = Platform("ironbull-system", "nats://nats:4222", "A" * 43 + "=", "s:1", "n:1", "http://p")
NAME = "api.example.org"
BY_INGRESS: dict[str, Any] = {"hostname": NAME, "ingress": {}}
BY_GATEWAY: dict[str, Any] = {"hostname": NAME, "gateway": {"name": "public"}}


def _tenant(name: str, api: dict[str, Any] | None, year: int = 2026) -> Object:
    spec = {
        "displayName": name,
        "venues": [{"name": "paper", "type": "binance", "environment": "Paper"}],
        **({} if api is None else {"api": api}),
    }
    created = f"{year}-01-01T00:00:00Z"
    return {"metadata": {"name": name, "creationTimestamp": created}, "spec": spec}


def test_the_oldest_has_a_hostname_and_of_the_same_age_the_first_by_name() -> None:
    names = Hostnames()
    assert names.learn(_tenant("b", BY_INGRESS)) == set()
    assert names.learn(_tenant("c", BY_INGRESS)) == {"b"}
    assert names.holder(NAME) == "b"
    assert names.learn(_tenant("d", BY_INGRESS, 2020)) == {"b", "c"}
    assert names.holder(NAME) == "d"
    assert names.learn(_tenant("d", BY_INGRESS, 2020)) == set()


@pytest.mark.parametrize("api", [None, {"hostname": "other.example.org", "ingress": {}}])
def test_a_hostname_that_is_let_go_concerns_who_waits(api: dict[str, Any] | None) -> None:
    names = Hostnames()
    for one in ("a", "b"):
        names.learn(_tenant(one, BY_INGRESS))
    assert names.learn(_tenant("a", api)) == {"b"}
    assert names.holder(NAME) == "b"
    assert names.forget("b") == set()
    assert names.forget("b") == set()


class Cluster:
    """Objects in memory, and which kinds are served."""

    def __init__(self) -> None:
        self.held: dict[Ref, Object] = {}
        self.tenants: list[Object] = []
        self.has_gateways = True

    async def get(self, ref: Ref) -> Object | None:
        return self.held.get(ref)

    async def list(self, kind: Kind) -> list[Object]:
        assert kind == TENANT
        return self.tenants

    async def apply(self, thing: Object) -> Object:
        self.held[Ref.of(thing)] = thing
        return thing

    async def delete(self, ref: Ref) -> None:
        del self.held[ref]

    async def serves(self, kind: Kind) -> bool:
        return kind != HTTP_ROUTE or self.has_gateways


class Desk:
    """Tenants and who leads to them."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self.woken: list[Ref] = []
        now = datetime(2026, 1, 1, tzinfo=UTC)
        outside: Any = (self.cluster, None, None, PLATFORM, lambda: now, self.woken.append)
        self.hands = Hands(*outside)

    async def expose(self, found: Object) -> Exposed:
        spec = TenantSpec.model_validate(found["spec"])
        seen = await exposure.expose(self.hands, found["metadata"]["name"], found, spec)
        found["status"] = seen.status
        return seen

    def kinds(self) -> list[Kind]:
        return [ref.kind for ref in self.cluster.held]


async def test_a_taken_hostname_names_the_holder_and_comes_when_it_is_free() -> None:
    desk = Desk()
    older, younger = _tenant("old", BY_INGRESS, 2020), _tenant("young", BY_INGRESS)
    desk.cluster.tenants = [younger, older]
    seen = await desk.expose(younger)
    assert seen.stands is not None
    assert seen.stands.reason == "HostnameTaken"
    assert f"spec.api.hostname {NAME} is taken by Tenant old" in seen.stands.message
    assert desk.kinds() == []
    await desk.expose(older)
    assert desk.kinds() == [INGRESS]
    del older["spec"]["api"]
    await desk.expose(older)
    assert desk.woken == [Ref(TENANT, "young")]
    assert desk.kinds() == []
    assert (await desk.expose(younger)).status == {"hostname": NAME}


async def test_one_way_in_takes_the_place_of_the_other() -> None:
    desk = Desk()
    await desk.expose(_tenant("one", BY_INGRESS))
    assert desk.kinds() == [INGRESS]
    await desk.expose(_tenant("one", BY_GATEWAY))
    assert desk.kinds() == [HTTP_ROUTE]
    await desk.expose({**_tenant("one", None), "status": {"hostname": NAME}})
    assert desk.kinds() == []


async def test_a_cluster_without_the_gateway_api_is_told_of() -> None:
    desk = Desk()
    desk.cluster.has_gateways = False
    seen = await desk.expose(_tenant("one", BY_GATEWAY))
    assert seen.stands is not None
    assert seen.stands.reason == "GatewayApiMissing"
    desk.cluster.has_gateways = True
    assert (await desk.expose(_tenant("one", BY_GATEWAY))).stands is None


async def test_a_route_that_its_gateway_refuses_says_why() -> None:
    desk = Desk()
    await desk.expose(_tenant("one", BY_GATEWAY))
    row = {"type": "Accepted", "status": "False", "reason": "NotAllowedByListeners"}
    (route,) = desk.cluster.held.values()
    route["status"] = {"parents": [{"conditions": [row]}]}
    seen = await desk.expose(_tenant("one", BY_GATEWAY))
    assert seen.stands is not None
    assert "NotAllowedByListeners" in seen.stands.message


async def test_a_way_in_that_the_cluster_refuses_stops_nothing_else() -> None:
    desk = Desk()

    async def refuse(thing: Object) -> Object:
        raise RefusedError(f"annotation of {thing['kind']} is not allowed")

    desk.cluster.apply = refuse  # type: ignore[method-assign]
    seen = await desk.expose(_tenant("one", BY_INGRESS))
    assert seen.stands is not None
    assert seen.stands.message == "spec.api: annotation of Ingress is not allowed"


async def test_a_certificate_that_is_missing_is_waited_for() -> None:
    desk = Desk()
    secured = _tenant("one", {**BY_INGRESS, "tls": {"secretName": "cert"}})
    seen = await desk.expose(secured)
    assert seen.stands is not None
    assert "Secret ironbull-system/cert" in seen.stands.message
    assert desk.kinds() == [INGRESS]
    desk.cluster.held[Ref(SECRET, "cert", "ironbull-system")] = {}
    assert (await desk.expose(secured)).stands is None
