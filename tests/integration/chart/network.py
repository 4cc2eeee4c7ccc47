"""Who reaches whom? Network policies, evaluated as the Kubernetes API defines them.

Whether they are enforced is up to a cluster's network plugin, and is not told here.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from integration.chart.rendering import Object

Direction = Literal["Ingress", "Egress"]
Port = tuple[int, str]
"""Number and protocol."""
Matrix = dict[str, dict[str, list[str]]]
"""Source → target → ports that are open."""
NAMESPACE_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection begins or ends: a pod, or an address when it is in no namespace."""

    title: str
    ip: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    ports: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Of its containers, by name."""

    def __str__(self) -> str:
        """Return how the matrix names it."""
        return self.title


@dataclass(frozen=True, slots=True)
class Network:
    """All policies of a cluster.

    Args:
        namespaces: labels of each.
    """

    policies: tuple[Object, ...]
    namespaces: Mapping[str, Mapping[str, str]]

    def matrix(self, places: Iterable[Place], ports: Iterable[Port]) -> Matrix:
        """Return every connection that is allowed, but those that no policy is about."""
        found: Matrix = {}
        for source, target, port in product(places, tuple(places), ports):
            if source == target or not (self._is_walled(source) or self._is_walled(target)):
                continue
            if self.allows(source, target, port):
                row = found.setdefault(str(source), {}).setdefault(str(target), [])
                row.append(f"{port[0]}/{port[1]}")
        return found

    def allows(self, source: Place, target: Place, port: Port) -> bool:
        """Tell whether the source may open a connection to the target."""
        return self._is_let("Egress", source, target, port) and self._is_let(
            "Ingress", target, source, port
        )

    def governs(self, direction: Direction, place: Place) -> bool:
        """Tell whether some policy is about a pod, so that what none allows is denied."""
        return any(True for _ in self._of(direction, place))

    def _is_walled(self, place: Place) -> bool:
        return self.governs("Ingress", place) or self.governs("Egress", place)

    def _is_let(self, direction: Direction, owner: Place, peer: Place, port: Port) -> bool:
        specs = tuple(self._of(direction, owner))
        target = peer if direction == "Egress" else owner
        return not specs or any(
            self._is_among(rule.get("to" if direction == "Egress" else "from"), owner, peer)
            and is_open(rule.get("ports"), port, target)
            for spec in specs
            for rule in spec.get(direction.lower()) or ()
        )

    def _of(self, direction: Direction, place: Place) -> Iterator[Object]:
        for policy in self.policies:
            spec = policy["spec"]
            implied = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
            if (
                place.namespace
                and policy["metadata"]["namespace"] == place.namespace
                and direction in spec.get("policyTypes", implied)
                and selects(spec["podSelector"], place.labels)
            ):
                yield spec

    def _is_among(self, peers: list[Object] | None, owner: Place, place: Place) -> bool:
        return not peers or any(self._is(peer, owner, place) for peer in peers)

    def _is(self, peer: Object, owner: Place, place: Place) -> bool:
        if block := peer.get("ipBlock"):
            return _contains(block["cidr"], place.ip) and not any(
                _contains(cidr, place.ip) for cidr in block.get("except", ())
            )
        if not place.namespace:
            return False
        if (chosen := peer.get("namespaceSelector")) is None:
            is_there = place.namespace == owner.namespace
        else:
            is_there = selects(chosen, self.namespaces[place.namespace])
        return is_there and selects(peer.get("podSelector", {}), place.labels)


def is_open(rows: list[Object] | None, port: Port, target: Place) -> bool:
    """Tell whether the rows of a rule open a port; a name is that of a container of the target."""
    return not rows or any(_is_port(row, port, target) for row in rows)


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector holds for these labels; an empty one holds for all."""
    wanted = selector.get("matchLabels", {})
    rows = selector.get("matchExpressions", [])
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(row, labels) for row in rows
    )


def _holds(row: Object, labels: Mapping[str, str]) -> bool:
    value = labels.get(row["key"])
    match row["operator"]:
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "In":
            return value in row["values"]
        case "NotIn":
            return value not in row["values"]
        case other:
            raise NotImplementedError(other)


def _is_port(row: Object, port: Port, target: Place) -> bool:
    number, protocol = port
    if row.get("protocol", "TCP") != protocol:
        return False
    match row.get("port"):
        case None:
            return True
        case str(name):
            return target.ports.get(name) == number
        case int(first):
            last: int = row.get("endPort", first)
            return first <= number <= last
        case other:
            raise NotImplementedError(other)


def _contains(cidr: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr)
