"""The evaluator of network policies reads each kind of rule as the Kubernetes API defines it."""

from typing import Any

import pytest
from integration.chart.network import NAMESPACE_NAME, Network, Place

US = Place("us", "10.244.0.1", "us", {"app": "us"}, {"health": 9090})
THEM = Place("them", "10.244.0.2", "them", {"app": "them"})
FRIEND = Place("friend", "10.244.0.3", "us", {"app": "friend"})
WORLD = Place("world", "203.0.113.9")
INSIDE = Place("inside", "10.0.0.1")
LABELS = {"us": {NAMESPACE_NAME: "us"}, "them": {NAMESPACE_NAME: "them", "team": "b"}}
TCP = "TCP"


def network(**spec: Any) -> Network:
    policy = {"metadata": {"namespace": "us"}, "spec": {"podSelector": {}, **spec}}
    return Network((policy,), LABELS)


@pytest.mark.parametrize(
    ("peer", "place", "is_let"),
    [
        ({"podSelector": {}}, FRIEND, True),
        ({"podSelector": {}}, THEM, False),
        ({"podSelector": {"matchLabels": {"app": "other"}}}, FRIEND, False),
        ({"namespaceSelector": {}}, THEM, True),
        ({"namespaceSelector": {}}, WORLD, False),
        ({"namespaceSelector": {"matchLabels": {"team": "b"}}}, THEM, True),
        ({"namespaceSelector": {"matchLabels": {"team": "b"}}}, FRIEND, False),
        (
            {
                "namespaceSelector": {"matchLabels": {"team": "b"}},
                "podSelector": {"matchLabels": {"app": "us"}},
            },
            THEM,
            False,
        ),
        (
            {
                "podSelector": {
                    "matchExpressions": [{"key": "app", "operator": "In", "values": ["friend"]}]
                }
            },
            FRIEND,
            True,
        ),
        (
            {
                "podSelector": {
                    "matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["friend"]}]
                }
            },
            FRIEND,
            False,
        ),
        (
            {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}},
            THEM,
            True,
        ),
        (
            {
                "namespaceSelector": {
                    "matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]
                }
            },
            THEM,
            False,
        ),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, WORLD, True),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, THEM, True),
        ({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}, INSIDE, False),
        ({"ipBlock": {"cidr": "fd00::/8"}}, INSIDE, False),
    ],
)
def test_a_peer_is_whom_it_means(peer: dict[str, Any], place: Place, *, is_let: bool) -> None:
    out = network(policyTypes=["Egress"], egress=[{"to": [peer]}])
    assert out.allows(US, place, (443, TCP)) is is_let


@pytest.mark.parametrize(
    ("row", "port", "is_open"),
    [
        ({"port": 9090}, (9090, TCP), True),
        ({"port": 9090}, (9090, "UDP"), False),
        ({"port": "health"}, (9090, TCP), True),
        ({"port": "health"}, (8080, TCP), False),
        ({"port": 9000, "endPort": 9100}, (9090, TCP), True),
        ({"port": 9000, "endPort": 9089}, (9090, TCP), False),
        ({"protocol": "UDP"}, (53, "UDP"), True),
        ({}, (1, TCP), True),
    ],
)
def test_a_port_is_open_as_its_row_says(
    row: dict[str, Any], port: tuple[int, str], *, is_open: bool
) -> None:
    into = network(ingress=[{"ports": [row]}])
    assert into.allows(THEM, US, port) is is_open


def test_nothing_is_denied_where_no_policy_is() -> None:
    assert Network((), LABELS).allows(THEM, US, (1, TCP))


def test_a_policy_without_rules_denies_its_directions_alone() -> None:
    closed = network(policyTypes=["Ingress"])
    assert not closed.allows(THEM, US, (1, TCP))
    assert closed.allows(US, THEM, (1, TCP))


def test_an_empty_rule_lets_all_in_and_policies_add_up() -> None:
    (closed,) = network(policyTypes=["Ingress"]).policies
    (opened,) = network(ingress=[{}]).policies
    assert Network((closed, opened), LABELS).allows(THEM, US, (1, TCP))


def test_a_policy_of_another_namespace_is_not_about_us() -> None:
    (closed,) = network(policyTypes=["Ingress"]).policies
    theirs = {**closed, "metadata": {"namespace": "them"}}
    assert Network((theirs,), LABELS).allows(THEM, US, (1, TCP))


def test_egress_is_denied_by_default_where_a_policy_speaks_of_it() -> None:
    spoken = network(egress=[{"ports": [{"port": 53}]}])
    assert not spoken.allows(US, THEM, (1, TCP))
    assert not spoken.allows(THEM, US, (1, TCP))
