"""A member's set is made as it is wanted; what it can never change is made anew over its pod."""

from collections.abc import Mapping, Sequence
from typing import Any

from ironbull_messages.resources import ExecutionNodeSpec, Venue
from ironbull_messages.words import Environment, VenueType
from ironbull_operator.desired.platform import Platform
from ironbull_operator.desired.pool import Member, member_set
from ironbull_operator.kinds import EXECUTION_NODE, Kind, Object, Ref
from ironbull_operator.reconcile import members
from ironbull_operator.reconcile.members import Standing

PAPER = Venue(name="paper", type=VenueType.BINANCE, environment=Environment.PAPER)

PLATFORM = Platform("ironbull-system", "nats://nats:4222", "A" * 43 + "=", "s:1", "n:1", "http://p")
POOL = Ref(EXECUTION_NODE, "main", "ironbull-aurora")
SERVES = {"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 1, "replicas": 1}


class Cluster:
    """Sets in memory; one that is deleted is gone at once and its pod is not."""

    def __init__(self) -> None:
        self.sets: dict[str, Object] = {}
        self.deleted: list[tuple[str, bool]] = []

    async def list(self, _kind: Kind, _place: str, _labels: Mapping[str, str]) -> Sequence[Object]:
        return list(self.sets.values())

    async def apply(self, thing: Object) -> Object:
        metadata = {**thing["metadata"], "uid": "u1", "generation": 1}
        self.sets[thing["metadata"]["name"]] = {**thing, "metadata": metadata, "status": SERVES}
        return {**thing, "metadata": metadata, "status": {}}

    async def delete(self, ref: Ref, uid: str, *, leaves_children: bool) -> None:
        assert self.sets.pop(ref.name)["metadata"]["uid"] == uid
        self.deleted.append((ref.name, leaves_children))


def _set(concurrency: int = 32) -> Object:
    spec = ExecutionNodeSpec(venue="paper", concurrency=concurrency)
    member = Member("aurora", "main", 0, "abcdefghijklmnop")
    return member_set(PLATFORM, member, spec, PAPER)


async def _run(cluster: Cluster, wanted: Object) -> Standing:
    class Hands:
        kube = cluster

    hands: Any = Hands()
    return await members.run(hands, POOL, [wanted])


async def test_a_member_serves_when_its_set_says_so() -> None:
    cluster = Cluster()
    assert await _run(cluster, _set()) == Standing(frozenset(), ())
    assert await _run(cluster, _set()) == Standing(frozenset({"main-0"}), ())


async def test_a_set_that_cannot_become_what_is_wanted_is_made_anew_over_its_pod() -> None:
    cluster, older = Cluster(), _set()
    older["spec"]["podManagementPolicy"] = "OrderedReady"
    await _run(cluster, older)
    assert await _run(cluster, _set()) == Standing(frozenset(), ())
    assert cluster.deleted == [("main-0", True)]
    await _run(cluster, _set())
    assert cluster.sets["main-0"]["spec"]["podManagementPolicy"] == "Parallel"


async def test_a_set_that_is_going_away_is_left_alone() -> None:
    cluster = Cluster()
    await _run(cluster, _set())
    cluster.sets["main-0"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    before = dict(cluster.sets)
    assert await _run(cluster, _set(concurrency=8)) == Standing(frozenset(), ())
    assert cluster.sets == before
