"""Who reaches whom? The rendered network policies, evaluated as a matrix of connections.

That the policies say so is shown here; that they are enforced is up to a cluster's network plugin.
"""

from dataclasses import dataclass
from itertools import product

import pytest
from integration.chart.rendering import HERE, NAMESPACE, Helm, Object

TENANT = "ironbull-acme"
NAMESPACES = {
    NAMESPACE: {"kubernetes.io/metadata.name": NAMESPACE},
    TENANT: {"kubernetes.io/metadata.name": TENANT, "ironbull.io/tenant": "acme"},
    "ingress": {"kubernetes.io/metadata.name": "ingress"},
    "monitoring": {"kubernetes.io/metadata.name": "monitoring"},
    "other": {"kubernetes.io/metadata.name": "other"},
}
PORTS = (4222, 5432, 8080, 8081, 8082, 8090, 9090)
LISTENERS = {"api", "centre", "operator", "nats", "paper", "postgres", "migration", "bootstrap"}
OURS = LISTENERS | {"check", "uninstall"}


@dataclass(frozen=True, slots=True)
class Place:
    """A pod: its namespace, and its component when it is ours."""

    namespace: str
    component: str = ""

    @property
    def labels(self) -> dict[str, str]:
        if not self.component:
            return {}
        return {
            "app.kubernetes.io/name": "ironbull",
            "app.kubernetes.io/instance": "ironbull",
            "app.kubernetes.io/component": self.component,
        }

    def __str__(self) -> str:
        return self.component or self.namespace


PLACES = [
    *(Place(NAMESPACE, component) for component in sorted(OURS)),
    *(Place(namespace) for namespace in NAMESPACES if namespace != NAMESPACE),
]
EXPECTED = {
    *(("ingress", "api", port) for port in (8080, 8081)),
    *((who, "api", 8082) for who in ("operator", "check")),
    *(("monitoring", who, 9090) for who in ("api", "centre")),
    ("monitoring", "operator", 8080),
    *((who, "postgres", 5432) for who in ("api", "centre", "migration")),
    *((who, "nats", 4222) for who in ("centre", "operator", TENANT)),
    *((who, "paper", 8090) for who in ("centre", TENANT)),
}


@pytest.fixture(scope="module")
def policies(helm: Helm) -> list[Object]:
    objects = helm.objects((HERE / "values" / "walled.yaml").read_text())
    return [one for one in objects if one["kind"] == "NetworkPolicy"]


def test_exactly_these_connections_are_allowed(policies: list[Object]) -> None:
    assert matrix(policies) == EXPECTED


def test_an_allow_all_that_somebody_adds_is_found(policies: list[Object]) -> None:
    planted = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "oops"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]},
    }
    assert matrix([*policies, planted]) > EXPECTED


def test_every_pod_of_ours_has_its_policy(policies: list[Object]) -> None:
    for component in OURS:
        place = Place(NAMESPACE, component)
        assert {"Ingress", "Egress"} <= {
            direction
            for policy in policies
            if selects(policy["spec"]["podSelector"], place.labels)
            for direction in policy["spec"]["policyTypes"]
        }, component


def test_only_who_speaks_to_the_api_server_reaches_it(policies: list[Object]) -> None:
    reaching = {
        policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for policy in policies
        for rule in policy["spec"].get("egress", [])
        if {"ipBlock": {"cidr": "10.0.0.1/32"}} in rule["to"]
    }
    assert reaching == {"bootstrap", "operator", "uninstall"}


def test_no_pod_of_ours_reaches_addresses_outside(policies: list[Object]) -> None:
    blocks = {
        peer["ipBlock"]["cidr"]
        for policy in policies
        for rule in policy["spec"].get("egress", [])
        for peer in rule["to"]
        if "ipBlock" in peer
    }
    assert blocks == {"10.0.0.1/32"}  # so neither the metadata address nor the internet


def matrix(policies: list[Object]) -> set[tuple[str, str, int]]:
    """Return every connection that the policies of our namespace allow."""
    targets = [Place(NAMESPACE, component) for component in sorted(LISTENERS)]
    return {
        (str(source), str(target), port)
        for source, target, port in product(PLACES, targets, PORTS)
        if source != target
        and leaves(policies, source, target, port)
        and enters(policies, source, target, port)
    }


def leaves(policies: list[Object], source: Place, target: Place, port: int) -> bool:
    """Tell whether the source may open it; others' namespaces are not restricted by us."""
    if source.namespace != NAMESPACE:
        return True
    return _allowed(policies, "Egress", source, target, port)


def enters(policies: list[Object], source: Place, target: Place, port: int) -> bool:
    """Tell whether the target may be reached."""
    return _allowed(policies, "Ingress", target, source, port)


def _allowed(policies: list[Object], direction: str, owner: Place, peer: Place, port: int) -> bool:
    applying = [
        policy["spec"]
        for policy in policies
        if direction in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], owner.labels)
    ]
    side = "to" if direction == "Egress" else "from"
    return not applying or any(
        _holds(rule.get(side), peer) and _is_open(rule.get("ports"), port)
        for spec in applying
        for rule in spec.get(direction.lower(), [])
    )


def _holds(peers: list[Object] | None, place: Place) -> bool:
    return peers is None or any(_is(peer, place) for peer in peers)


def _is(peer: Object, place: Place) -> bool:
    if "ipBlock" in peer:
        return False
    namespaces = peer.get("namespaceSelector")
    if namespaces is None:
        in_namespace = place.namespace == NAMESPACE
    else:
        in_namespace = selects(namespaces, NAMESPACES[place.namespace])
    return in_namespace and selects(peer.get("podSelector", {}), place.labels)


def _is_open(ports: list[Object] | None, port: int) -> bool:
    return ports is None or any(row["port"] == port for row in ports)


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Tell whether a label selector holds for these labels."""
    wanted = selector.get("matchLabels", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    for row in selector.get("matchExpressions", []):
        match row["operator"]:
            case "Exists":
                if row["key"] not in labels:
                    return False
            case other:
                raise NotImplementedError(other)
    return True
