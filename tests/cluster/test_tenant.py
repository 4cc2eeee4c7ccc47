"""A tenant's room, way in, key and walls on a real API without nodes."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cluster import operator_desk
from cluster.operator_desk import SYSTEM, Desk, until
from cluster.places import ROOT
from fixtures.api_desk import Signer

EXAMPLE = (ROOT / "docs" / "examples" / "one-tenant.yaml").read_text()
NAMESPACE, TENANT, *_ = EXAMPLE.split("---")
HOSTNAME = "api.example.org"
KEY = ("secret", "ironbull-merchant-aurora", f"--namespace={SYSTEM}")


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with operator_desk.running() as made:
        made.kubectl("apply", "--filename=-", given=EXAMPLE)
        with made.operator():
            until(lambda: made.ready("tenant", "aurora"), "a condition of the tenant")
            yield made


def _edit(desk: Desk, tenant: str, **spec: Any) -> None:
    patch = json.dumps({"spec": spec})
    desk.kubectl("patch", "tenant", tenant, "--type=merge", f"--patch={patch}")


def _told(desk: Desk, tenant: str, reason: str) -> str:
    """Wait until a tenant says why; return its sentence."""
    words = ("tenant", tenant)
    until(lambda: desk.ready(*words).get("reason") == reason, f"{reason} of {tenant}")
    return desk.ready(*words)["message"]


def _apply(desk: Desk, tenant: str) -> None:
    desk.kubectl("apply", "--filename=-", given=TENANT.replace("aurora", tenant))


def test_a_quota_that_is_too_small_names_its_field_and_heals(desk: Desk) -> None:
    _edit(desk, "aurora", limits={"limitsMemory": "256Mi", "pods": 9})
    desk.kubectl("delete", "pods", "--all", "--namespace=ironbull-aurora", "--wait=false")
    quota = ("resourcequota", "ironbull", "--namespace=ironbull-aurora")
    until(lambda: desk.get(*quota)["spec"]["hard"].get("limits.memory") == "256Mi", "the quota")
    assert desk.get(*quota)["spec"]["hard"]["pods"] == "9"
    assert "spec.limits.limitsMemory" in _told(desk, "aurora", "QuotaExceeded")
    _edit(desk, "aurora", limits={"limitsMemory": None})
    _told(desk, "aurora", "EngineStarting")
    until(lambda: _has_pod_of_engine(desk), "the engine's pod")
    events = desk.get("events", "--namespace=default")["items"]
    reasons = [one["reason"] for one in events if one["involvedObject"]["name"] == "aurora"]
    assert reasons.count("QuotaExceeded") == 1


def _has_pod_of_engine(desk: Desk) -> bool:
    return any(name.startswith("engine-") for name in desk.names("pod", "ironbull-aurora"))


def test_a_hostname_is_the_older_tenants_and_then_the_others(desk: Desk) -> None:
    for tenant in ("boreal", "cirrus"):
        _apply(desk, tenant)
        _told(desk, tenant, "Active")
    # The same second may have made both; then the first by name is the older one.
    _edit(desk, "cirrus", api={"hostname": HOSTNAME, "ingress": {"className": "traefik"}})
    until(lambda: "ironbull-merchant-cirrus" in desk.names("ingress", SYSTEM), "its Ingress")
    _edit(desk, "boreal", api={"hostname": HOSTNAME, "ingress": {}})
    until(lambda: desk.names("ingress", SYSTEM) == {"ironbull-merchant-boreal"}, "the older's")
    assert f"{HOSTNAME} is taken by Tenant boreal" in _told(desk, "cirrus", "HostnameTaken")
    desk.kubectl("delete", "ingress", "ironbull-merchant-boreal", f"--namespace={SYSTEM}")
    until(lambda: "ironbull-merchant-boreal" in desk.names("ingress", SYSTEM), "it again")
    assert HOSTNAME in desk.kubectl("get", "ibt", "boreal")
    _edit(desk, "boreal", api=None)
    until(lambda: desk.names("ingress", SYSTEM) == {"ironbull-merchant-cirrus"}, "the other's")
    _told(desk, "cirrus", "Active")
    found = desk.get("ingress", "ironbull-merchant-cirrus", f"--namespace={SYSTEM}")["spec"]
    assert found["ingressClassName"] == "traefik"
    assert found["rules"][0]["host"] == HOSTNAME


def test_a_cluster_without_the_gateway_api_says_so(desk: Desk) -> None:
    _apply(desk, "dorado")
    _edit(desk, "dorado", api={"hostname": "api.dorado.example.org", "gateway": {"name": "public"}})
    assert "gateway.networking.k8s.io/v1" in _told(desk, "dorado", "GatewayApiMissing")
    _edit(desk, "dorado", api=None)
    _told(desk, "dorado", "Active")


def test_a_venues_members_reach_what_it_names(desk: Desk) -> None:
    place = "--namespace=ironbull-aurora"
    until(lambda: "venue-paper" in desk.names("networkpolicy", "ironbull-aurora"), "the policy")
    venue = desk.get("tenant", "aurora")["spec"]["venues"][0]
    _edit(desk, "aurora", venues=[{**venue, "egressCIDRs": ["203.0.113.0/24"]}])

    def ranges() -> list[str]:
        rules = desk.get("networkpolicy", "venue-paper", place)["spec"]["egress"]
        return [to["ipBlock"]["cidr"] for rule in rules for to in rule["to"] if "ipBlock" in to]

    until(lambda: ranges() == ["203.0.113.0/24"], "the range")


def test_fewer_connections_than_clients_are_told(desk: Desk) -> None:
    _edit(desk, "aurora", messaging={"connections": 1})
    assert "spec.messaging.connections 1" in _told(desk, "aurora", "TooFewConnections")
    _edit(desk, "aurora", messaging=None)
    _told(desk, "aurora", "EngineStarting")


def _key(desk: Desk) -> Signer:
    data = desk.get(*KEY)["data"]
    texts = {name: base64.b64decode(text).decode() for name, text in data.items()}
    return Signer(texts["key_id"], texts["secret"])


def _is_accepted(desk: Desk, key: Signer) -> bool:
    ports = json.loads((desk.data / "state/ports.json").read_text())
    headers = key.headers("GET", "/v1/users", "", b"")
    url = f"http://127.0.0.1:{ports['merchant']}/v1/users"
    return httpx.get(url, headers=headers, trust_env=False).status_code == httpx.codes.OK


def test_a_merchant_key_is_made_anew_only_when_asked(desk: Desk) -> None:
    first = _key(desk)
    assert _is_accepted(desk, first)
    desk.kubectl("delete", *KEY)
    desk.kubectl("annotate", "tenant", "aurora", "test/look=key", "--overwrite")
    assert "merchantKeyGeneration to 2" in _told(desk, "aurora", "MerchantKeyMissing")
    assert KEY[1] not in desk.names("secret", SYSTEM)
    _edit(desk, "aurora", credentials={"merchantKeyGeneration": 2})
    until(lambda: KEY[1] in desk.names("secret", SYSTEM), "the next key")
    second = _key(desk)
    until(lambda: _is_accepted(desk, second), "the next key accepted")
    assert _is_accepted(desk, first)
    status = desk.get("tenant", "aurora")["status"]
    assert (status["merchantKeyGeneration"], "oldMerchantKeyUntil" in status) == (2, True)
    _edit(desk, "aurora", credentials={"overlapSeconds": 0})
    until(lambda: not _is_accepted(desk, first), "the old key refused")
    assert _is_accepted(desk, second)
