"""Who reaches whom? The policies of chart and operator, evaluated as a matrix of connections.

That the policies say so is shown here; that they are enforced is up to a cluster's network plugin.
`IRONBULL_GOLDEN=write` writes the matrices; read the difference before you commit it.
"""

import json
import os
from collections.abc import Iterator

import pytest
import yaml
from integration.chart import operators
from integration.chart.network import NAMESPACE_NAME, Network, Place
from integration.chart.rendering import HERE, NAMESPACE, Helm, Object, containers

GOLDEN = HERE / "golden_network"
# Values with policies, and where their tenants trade.
WALLED = {"walled": "Paper", "live": "Live"}
TENANT = "ironbull-aurora"
NEIGHBOUR = "ironbull-boreal"
OTHERS = ("ingress", "monitoring", "kube-system", "other")
ADDRESSES = {
    "metadata": "169.254.169.254",
    "api-server": "10.0.0.1",
    "own-postgresql": "10.1.0.5",
    "own-nats": "10.2.0.5",
    "private": "192.168.7.7",
    "internet": "203.0.113.9",
}
PORTS = [
    (53, "UDP"),
    *((port, "TCP") for port in (53, 80, 443, 4222, 5432, 6443, 8080, 8081, 8082, 8090, 8222)),
    (9090, "TCP"),
]
PLANTED: Object = {
    "kind": "NetworkPolicy",
    "metadata": {"name": "oops"},
    "spec": {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{}],
        "egress": [{}],
    },
}


@pytest.fixture(scope="module")
def worlds(helm: Helm) -> dict[str, tuple[Network, list[Place]]]:
    return {name: world(helm, name) for name in WALLED}


@pytest.mark.parametrize("name", WALLED)
def test_exactly_these_connections_are_allowed(
    worlds: dict[str, tuple[Network, list[Place]]], name: str
) -> None:
    network, places = worlds[name]
    found = network.matrix(places, PORTS)
    text = yaml.safe_dump(found, sort_keys=False, width=100, default_flow_style=None)
    golden = GOLDEN / f"{name}.yaml"
    if os.environ.get("IRONBULL_GOLDEN") == "write":
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("namespace", [NAMESPACE, TENANT])
def test_an_allow_all_that_somebody_adds_is_found(
    worlds: dict[str, tuple[Network, list[Place]]], namespace: str
) -> None:
    network, places = worlds["walled"]
    planted = {**PLANTED, "metadata": {"name": "oops", "namespace": namespace}}
    holed = Network((*network.policies, planted), network.namespaces)
    before, after = network.matrix(places, PORTS), holed.matrix(places, PORTS)
    ours = next(one for one in places if one.namespace == namespace)
    assert "metadata" not in before[str(ours)]
    assert len(after[str(ours)]["metadata"]) == len(PORTS)
    assert len(after["other"][str(ours)]) == len(PORTS)


@pytest.mark.parametrize("name", WALLED)
def test_every_pod_of_ours_has_its_policies(
    worlds: dict[str, tuple[Network, list[Place]]], name: str
) -> None:
    network, places = worlds[name]
    ours = [one for one in places if one.namespace in {NAMESPACE, TENANT, NEIGHBOUR}]
    assert len(ours) >= 10
    for place in ours:
        assert network.governs("Ingress", place), place
        assert network.governs("Egress", place), place


@pytest.mark.parametrize("name", WALLED)
def test_only_who_speaks_to_the_api_server_reaches_it(
    worlds: dict[str, tuple[Network, list[Place]]], name: str
) -> None:
    rows = matrix_of(worlds[name])
    found = {source for source, row in rows.items() if "api-server" in row}
    assert "operator" in found
    assert found <= {"api", "bootstrap", "operator", "uninstall"}


@pytest.mark.parametrize("name", WALLED)
def test_no_pod_of_ours_reaches_the_metadata_address(
    worlds: dict[str, tuple[Network, list[Place]]], name: str
) -> None:
    assert not {source for source, row in matrix_of(worlds[name]).items() if "metadata" in row}


@pytest.mark.parametrize("name", WALLED)
def test_a_tenant_reaches_neither_a_database_nor_another_tenant(
    worlds: dict[str, tuple[Network, list[Place]]], name: str
) -> None:
    rows = matrix_of(worlds[name])
    for source, row in rows.items():
        if source.startswith("aurora "):
            assert not {"postgres", "own-postgresql", "api", "api-server", "private"} & set(row)
            assert not [target for target in row if target.startswith("boreal ")]


@pytest.mark.parametrize("name", WALLED)
def test_every_pod_reaches_the_servers_that_it_needs(
    worlds: dict[str, tuple[Network, list[Place]]], name: str
) -> None:
    rows = matrix_of(worlds[name])
    own = name == "live"
    nats, postgres = ("own-nats", "own-postgresql") if own else ("nats", "postgres")
    for source in ("operator", "centre"):
        assert "4222/TCP" in rows[source][nats]
    for source in ("api", "centre", "migration"):
        assert "5432/TCP" in rows[source][postgres]
    for source in rows:
        if source.startswith(("aurora ", "boreal ")):
            assert "4222/TCP" in rows[source][nats]


def matrix_of(world: tuple[Network, list[Place]]) -> dict[str, dict[str, list[str]]]:
    network, places = world
    return network.matrix(places, PORTS)


def world(helm: Helm, name: str) -> tuple[Network, list[Place]]:
    """Return the platform of these values with two tenants, among others' pods and addresses."""
    platform = helm.objects((HERE / "values" / f"{name}.yaml").read_text())
    tenant = [
        *(one for one in operators.objects() if one["kind"] != "NetworkPolicy"),
        *operators.policies(platform, WALLED[name]),
    ]
    neighbour = json.loads(json.dumps(tenant).replace("aurora", "boreal"))
    objects = [
        *({**one, "metadata": {"namespace": NAMESPACE, **one["metadata"]}} for one in platform),
        *tenant,
        *neighbour,
    ]
    policies = tuple(one for one in objects if one["kind"] == "NetworkPolicy")
    labels = {one["metadata"]["name"]: one["metadata"]["labels"] for one in objects
              if one["kind"] == "Namespace"}  # fmt: skip
    namespaces = {
        name: {**labels.get(name, {}), NAMESPACE_NAME: name}
        for name in (NAMESPACE, TENANT, NEIGHBOUR, *OTHERS)
    }
    pods = {place.title: place for place in pods_of(objects)}
    others = [Place(name, f"10.244.9.{i}", name) for i, name in enumerate(OTHERS)]
    addresses = [Place(title, ip) for title, ip in ADDRESSES.items()]
    return Network(policies, namespaces), [*pods.values(), *others, *addresses]


def pods_of(objects: list[Object]) -> Iterator[Place]:
    """Give every pod that objects make; of two that look the same to the policies one is enough."""
    for index, one in enumerate(objects):
        match one["kind"]:
            case "Pod":
                pod = one
            case "Deployment" | "StatefulSet" | "Job":
                pod = one["spec"]["template"]
            case _:
                continue
        labels = pod["metadata"]["labels"]
        namespace = one["metadata"]["namespace"]
        tenant = labels.get("ironbull.io/tenant")
        title = (
            f"{tenant} {labels['app.kubernetes.io/name']}"
            if tenant
            else labels["app.kubernetes.io/component"]
        )
        ports = {
            row["name"]: row["containerPort"]
            for container in containers(pod["spec"])
            for row in container.get("ports", ())
        }
        yield Place(title, f"10.244.{index // 250}.{index % 250}", namespace, labels, ports)
