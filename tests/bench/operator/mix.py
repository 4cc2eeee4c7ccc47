"""What is in the cluster? Tenants, each with one pool of one member and many strategies.

The mix is what a platform looks like that sells strategies: the objects are strategies mostly, and
the children (nineteen objects for each tenant) belong to tenants and pools.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from bench.operator.cluster_api import GROUP, Thing

FULL_TENANTS, FULL_STRATEGIES = 50, 98
FULL_MANY = 1_000
MANY_STRATEGIES = 1
KINDS = ("tenants", "strategies", "executionnodes")


@dataclass(frozen=True, slots=True)
class Mix:
    """So many of each.

    Args:
        strategies: of each tenant.
    """

    tenants: int
    strategies: int

    @property
    def objects(self) -> int:
        """Our own objects, all kinds."""
        return self.tenants * (2 + self.strategies)

    def __str__(self) -> str:
        """Return it for people."""
        return (
            f"{self.objects:,} objects: {self.tenants:,} tenants, each with one pool of one member "
            f"and {self.strategies} strategies"
        )


def scale() -> float:
    """Return what share of the full size is wanted, from SCALE."""
    return float(os.environ.get("SCALE") or 1)


def usual() -> Mix:
    """Return the mix of 5,000 objects, or its share: fewer tenants first, then fewer strategies."""
    tenants = max(2, round(FULL_TENANTS * scale()))
    strategies = min(FULL_STRATEGIES, max(1, round(FULL_TENANTS * 100 * scale() / tenants) - 2))
    return Mix(tenants, strategies)


def many_tenants() -> Mix:
    """Return the mix of 1,000 tenants, or its share."""
    return Mix(max(2, round(FULL_MANY * scale())), MANY_STRATEGIES)


def documents(mix: Mix) -> Iterator[tuple[str, Thing]]:
    """Yield where each object is created, and the object; those that others need come first."""
    names = [f"t{number:04}" for number in range(mix.tenants)]
    for name in names:
        labels = {"ironbull.io/tenant": name}
        namespace = {"metadata": {"name": f"ironbull-{name}", "labels": labels}}
        yield "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", **namespace}
    for name in names:
        yield f"{GROUP}/tenants", _thing("Tenant", {"name": name}, _tenant(name))
    for name in names:
        place = f"ironbull-{name}"
        pool = {"venue": "paper", "replicas": 1, "concurrency": 32}
        metadata: Thing = {"name": "main", "namespace": place}
        path = f"{GROUP}/namespaces/{place}"
        yield f"{path}/executionnodes", _thing("ExecutionNode", metadata, pool)
        for number in range(mix.strategies):
            metadata = {"name": f"s{number:03}", "namespace": place}
            yield f"{path}/strategies", _thing("Strategy", metadata, _strategy())


def path(kind: str, thing: Thing) -> str:
    """Return where an object of one of our kinds lives."""
    metadata = thing["metadata"]
    place = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{GROUP}{place}/{kind}/{metadata['name']}"


def _thing(kind: str, metadata: Thing, spec: Thing) -> Thing:
    return {
        "apiVersion": "ironbull.io/v1alpha1",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    }


def _tenant(name: str) -> Thing:
    return {
        "displayName": f"Tenant {name}",
        "venues": [{"name": "paper", "type": "binance", "environment": "Paper"}],
        "billing": {"basis": "trade", "share": "0.3", "platformShareTo": "PlatformIncome"},
    }


def _strategy() -> Thing:
    return {
        "classRef": {"name": "ma_cross", "version": 1},
        "parameters": {"fast_ma": "5", "slow_ma": "20"},
        "symbols": ["BTC-USDT-SWAP"],
        "timeframe": "1h",
        "venue": "paper",
        "mode": "Paper",
        "desiredState": "Running",
    }
