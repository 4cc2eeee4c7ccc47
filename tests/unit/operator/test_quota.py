"""Who found no room is tried again at once when there may be some."""

from collections.abc import Mapping, Sequence
from typing import Any

from ironbull_operator.desired.namespace import BOUNDS, QUOTA
from ironbull_operator.kinds import DEPLOYMENT, STATEFUL_SET, VOLUME_CLAIM, Kind, Object, Ref
from ironbull_operator.reconcile import quota

PLACE = "ironbull-aurora"
FULL: Object = {
    "metadata": {"name": BOUNDS, "namespace": PLACE, "resourceVersion": "9"},
    "status": {"hard": {"persistentvolumeclaims": "1"}, "used": {"persistentvolumeclaims": "1"}},
}


def _set(name: str, pods: int) -> Object:
    claim = {
        "metadata": {"name": "journal"},
        "spec": {"resources": {"requests": {"storage": "1Gi"}}},
    }
    return {
        "apiVersion": STATEFUL_SET.api_version,
        "kind": STATEFUL_SET.name,
        "metadata": {"name": name, "namespace": PLACE},
        "spec": {
            "replicas": 1,
            "template": {"spec": {"containers": [{}]}},
            "volumeClaimTemplates": [claim],
        },
        "status": {"replicas": pods},
    }


class Cluster:
    """What a namespace holds, and what was changed."""

    def __init__(self, *held: Object) -> None:
        self.sets = held
        self.claims: set[Ref] = set()
        self.asked = 0
        self.merged: list[tuple[str, Any]] = []

    async def get(self, ref: Ref) -> Object | None:
        self.asked += 1
        if ref.kind == QUOTA:
            return FULL
        return {} if ref in self.claims else None

    async def list(self, kind: Kind, namespace: str, labels: Mapping[str, str]) -> Sequence[Object]:
        assert (namespace, labels) == (PLACE, {"ironbull.io/tenant": "aurora"})
        return [] if kind == DEPLOYMENT else self.sets

    async def merge(self, ref: Ref, patch: Object) -> Object:
        self.merged.append((ref.name, patch["metadata"]["annotations"]))
        return {}


async def test_a_volume_that_exists_needs_no_room() -> None:
    cluster: Any = Cluster()
    assert "spec.limits.volumes" in await quota.shortage(cluster, _set("main-0", 0))
    cluster.claims.add(Ref(VOLUME_CLAIM, "journal-main-0-0", PLACE))
    assert await quota.shortage(cluster, _set("main-0", 0)) == ""


async def test_nothing_is_asked_while_every_pod_exists() -> None:
    cluster: Any = Cluster()
    assert await quota.shortage(cluster, _set("main-0", 1)) == ""
    assert cluster.asked == 0


async def test_only_who_lacks_a_pod_is_nudged() -> None:
    cluster: Any = Cluster(_set("main-0", 1), _set("main-1", 0))
    await quota.nudge(cluster, FULL)
    assert cluster.merged == [("main-1", {"ironbull.io/room-changed": "9"})]
