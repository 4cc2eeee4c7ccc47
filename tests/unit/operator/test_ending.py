"""What is deleted ends in order: openings, engine, members, credentials, then the object."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import ExecutionNodeSpec
from ironbull_messages.words import VenueType
from ironbull_operator.centre import Centre
from ironbull_operator.desired import engine, merchant_key
from ironbull_operator.desired.platform import POOL_LABEL, Platform, labels, namespace_of
from ironbull_operator.desired.pool import Member, member_set, pool_objects
from ironbull_operator.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    EXECUTION_NODE,
    NAMESPACE,
    POD,
    SECRET,
    SERVICE,
    STATEFUL_SET,
    TENANT,
    Kind,
    Object,
    Ref,
)
from ironbull_operator.queue import Again, Gone
from ironbull_operator.reconcile import pool, tenant
from ironbull_operator.reconcile.finalizing import FINALIZER
from ironbull_operator.reconcile.hands import Hands

PLACE = namespace_of("aurora")
TOKEN = "abcdefghijklmnop"
PLATFORM = Platform("ironbull-system", "nats://nats:4222", "A" * 43 + "=", "s:1", "n:1", "http://p")
DELETED: Object = {
    "uid": "u1",
    "generation": 2,
    "resourceVersion": "7",
    "deletionTimestamp": "2026-01-01T00:00:00Z",
    "finalizers": ["theirs/first", FINALIZER],
}
POOL = Ref(EXECUTION_NODE, "main", PLACE)
AURORA = Ref(TENANT, "aurora")
ENGINE_LABELS = dict(labels("aurora", engine.NAME, engine.NAME))
MERCHANT_KEY = Ref(SECRET, merchant_key.name_of("aurora"), "ironbull-system")
MEMBER_POD = Ref(POD, "main-0-0", PLACE)
MEMBER_SECRET = Ref(SECRET, "main-0", PLACE)


NOTHING: dict[str, Any] = {"positions": 0, "orders": 0, "unknown": 0, "rows": []}
ROW = {"account_id": "a1", "label": "mine", "symbol": "BTC-USDT-SWAP", "what": "position LONG 0.5"}
OPEN: dict[str, Any] = {"positions": 1, "orders": 0, "unknown": 0, "rows": [ROW]}
UNDER_WAY: dict[str, Any] = {
    "positions": 0,
    "orders": 1,
    "unknown": 0,
    "rows": [ROW | {"what": "order CLOSE dispatched"}],
}


class Cluster:
    """Objects in memory, as far as the end of things asks."""

    def __init__(self) -> None:
        self.held: dict[Ref, Object] = {}

    def add(self, thing: Object) -> None:
        self.held[Ref.of(thing)] = thing

    async def get(self, ref: Ref) -> Object | None:
        return self.held.get(ref)

    async def list(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> Sequence[Object]:
        return [
            one
            for ref, one in self.held.items()
            if (ref.kind, ref.namespace) == (kind, namespace)
            and (labels or {}).items() <= one["metadata"].get("labels", {}).items()
        ]

    async def delete(self, ref: Ref, uid: str | None = None) -> None:  # noqa: ARG002
        self.held.pop(ref, None)

    async def merge(self, ref: Ref, patch: Object) -> Object:
        thing = self.held[ref]
        thing["metadata"] = {**thing["metadata"], **patch["metadata"]}
        return thing

    async def create(self, thing: Object) -> Object:
        self.add(thing)
        return thing

    async def apply(self, thing: Object) -> Object:
        self.add(thing)
        return thing

    async def serves(self, kind: Kind) -> bool:  # noqa: ARG002
        return False

    async def apply_status(self, thing: Object) -> Object:
        self.held[Ref.of(thing)]["status"] = thing["status"]
        return thing


class Nats:
    """Notes whom the servers know."""

    def __init__(self) -> None:
        self.revoked: list[Any] = []
        self.forgotten: list[str] = []

    async def revoke(self, tenant: str, tokens: Sequence[str]) -> None:
        self.revoked.append((tenant, tuple(tokens)))

    async def revoke_tenant(self, tenant: str) -> None:
        self.revoked.append(tenant)

    async def remove_account(self, tenant: str) -> None:
        self.revoked.append(f"account of {tenant}")

    def forget_tenant(self, tenant: str) -> None:
        self.forgotten.append(tenant)


class Client:
    """Notes what the platform is told; raises what a test wants of it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, Any]] = []
        self.raises: Exception | None = None
        self.ended: list[tuple[Any, ...]] = []
        self.left: dict[str, Any] = NOTHING

    async def get_unresolved(self, _tenant: str) -> dict[str, Any]:
        return self.left

    async def end_node(self, _tenant: str, name: str, uid: str) -> dict[str, Any]:
        self.ended.append((name, uid))
        return {"ended": True}

    async def end_tenant(
        self, name: str, uid: str, *, is_erased: bool, is_forced: bool
    ) -> dict[str, Any]:
        self.ended.append((name, uid, is_erased, is_forced))
        return {"ended": True}

    async def put_node(
        self, _tenant: str, name: str, _uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        if self.raises is not None:
            raise self.raises
        self.told.append((name, generation, spec["replicas"]))
        return {"members": []}

    async def put_tenant(
        self, name: str, _uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        if self.raises is not None:
            raise self.raises
        self.told.append((name, generation, spec["state"]))
        return {"engine_token": TOKEN}


class Desk:
    """A deleted pool and a deleted tenant, and who clears them away."""

    def __init__(self) -> None:
        self.cluster, self.nats, self.client = Cluster(), Nats(), Client()
        self.woken: list[Ref] = []
        now = datetime(2026, 1, 1, tzinfo=UTC)
        centre: Any = Centre(self.client)  # type: ignore[arg-type]
        outside: Any = (self.cluster, centre, self.nats, PLATFORM, lambda: now, self.woken.append)
        self.hands = Hands(*outside)
        marks = {"uid": "n1", "labels": {"ironbull.io/tenant": "aurora"}}
        self.cluster.add(_object(Ref(NAMESPACE, PLACE), marks))

    def delete_pool(self) -> None:
        member = Member("aurora", "main", 0, TOKEN)
        wanted = member_set(PLATFORM, member, ExecutionNodeSpec(venue="paper"), VenueType.BINANCE)
        wanted["metadata"] |= {"uid": "u2", "generation": 1}
        pod = _object(MEMBER_POD, {"labels": wanted["metadata"]["labels"]})
        rows = [{"name": "main-0", "token": TOKEN, "isReady": True}]
        self.cluster.add(
            {**_object(POOL, DELETED), "spec": {"venue": "paper"}, "status": {"members": rows}}
        )
        pod["spec"] = wanted["spec"]["template"]["spec"]
        for thing in (wanted, pod, _object(MEMBER_SECRET, {}), *pool_objects("aurora", "main")):
            self.cluster.add(thing)

    def delete_tenant(self, policy: str = "Retain", **metadata: object) -> None:
        venue = {"name": "paper", "type": "binance", "environment": "Paper"}
        spec = {"displayName": "Aurora", "venues": [venue], "deletionPolicy": policy}
        self.cluster.add({**_object(AURORA, {**DELETED, **metadata}), "spec": spec})
        documents = Ref(CONFIG_MAP, engine.DOCUMENTS, PLACE)
        self.cluster.add(_object(documents, {"labels": ENGINE_LABELS}))
        self.cluster.add(_object(Ref(SECRET, engine.NAME, PLACE), {}))
        self.cluster.add(_object(MERCHANT_KEY, {}))
        self.cluster.add(_object(Ref(DEPLOYMENT, engine.NAME, PLACE), {"labels": ENGINE_LABELS}))

    def run_pool(self) -> None:
        """Have a pool run whose document nobody deleted."""
        self.delete_pool()
        del self.cluster.held[POOL]["metadata"]["deletionTimestamp"]

    def message(self, ref: Ref) -> str:
        row = self.cluster.held[ref]["status"]["conditions"][0]
        return f"{row['reason']}: {row['message']}"


def _object(ref: Ref, metadata: Object) -> Object:
    place = {} if ref.namespace is None else {"namespace": ref.namespace}
    return {
        "apiVersion": ref.kind.api_version,
        "kind": ref.kind.name,
        "metadata": {"name": ref.name, **place, **metadata},
    }


async def test_a_pool_ends_after_its_members() -> None:
    desk = Desk()
    desk.delete_pool()
    assert isinstance(await pool.reconcile(desk.hands, POOL), Again)
    assert desk.client.told == [("main", 2, 0)]
    assert Ref(STATEFUL_SET, "main-0", PLACE) not in desk.cluster.held
    assert MEMBER_SECRET in desk.cluster.held
    assert desk.message(POOL) == "Ending: still draining: main-0"
    assert desk.cluster.held[POOL]["status"]["members"] == [
        {"name": "main-0", "token": TOKEN, "isReady": False}
    ]
    del desk.cluster.held[MEMBER_POD]
    assert isinstance(await pool.reconcile(desk.hands, POOL), Gone)
    assert desk.client.told == [("main", 2, 0)]
    assert desk.cluster.held[POOL]["metadata"]["finalizers"] == ["theirs/first"]
    assert not {MEMBER_SECRET, Ref(SERVICE, "main", PLACE)} & desk.cluster.held.keys()
    assert desk.nats.revoked == [("aurora", (TOKEN,))]
    assert desk.client.ended == [("main", "u1")]
    assert AURORA in desk.woken
    assert not [one for one in desk.cluster.held.values() if POOL_LABEL in str(one)]


async def test_a_pool_waits_for_a_platform_that_is_away() -> None:
    desk = Desk()
    desk.delete_pool()
    desk.client.raises = ConnectionError("nobody answers")
    assert isinstance(await pool.reconcile(desk.hands, POOL), Again)
    assert desk.message(POOL) == "PlatformAway: nobody answers"
    assert Ref(STATEFUL_SET, "main-0", PLACE) in desk.cluster.held
    desk.client.raises = None
    await pool.reconcile(desk.hands, POOL)
    assert desk.message(POOL).startswith("Ending")


@pytest.mark.parametrize("code", [Code.NO_TENANT, Code.NAME_TAKEN, Code.VENUE_UNKNOWN])
async def test_a_pool_ends_that_the_platform_does_not_run(code: Code) -> None:
    desk = Desk()
    desk.delete_pool()
    del desk.cluster.held[MEMBER_POD]
    desk.client.raises = Problem(code, "nothing of yours")
    await pool.reconcile(desk.hands, POOL)
    assert isinstance(await pool.reconcile(desk.hands, POOL), Gone)


async def test_the_secrets_of_an_ending_namespace_are_left_to_the_cluster() -> None:
    desk = Desk()
    desk.delete_pool()
    desk.cluster.held[Ref(NAMESPACE, PLACE)]["metadata"]["deletionTimestamp"] = "now"
    del desk.cluster.held[MEMBER_POD]
    await pool.reconcile(desk.hands, POOL)
    assert isinstance(await pool.reconcile(desk.hands, POOL), Gone)
    assert MEMBER_SECRET in desk.cluster.held


async def test_a_tenant_ends_after_its_engine_and_its_members() -> None:
    desk = Desk()
    desk.delete_tenant()
    desk.run_pool()
    engine_pod = Ref(POD, "engine-1", PLACE)
    desk.cluster.add(_object(engine_pod, {"labels": ENGINE_LABELS}))
    await tenant.reconcile(desk.hands, AURORA)
    assert desk.client.told == [("aurora", 2, "Suspended")]
    assert Ref(DEPLOYMENT, engine.NAME, PLACE) not in desk.cluster.held
    assert desk.message(AURORA) == "Ending: its engine ends"
    del desk.cluster.held[engine_pod]
    await tenant.reconcile(desk.hands, AURORA)
    assert desk.message(AURORA) == "Ending: its members drain: main-0"
    assert desk.woken == [POOL]
    await pool.reconcile(desk.hands, POOL)
    assert desk.client.told[1:] == [("main", 2, 0)]
    assert desk.message(POOL) == "MembersLeaving: still draining: main-0"
    assert desk.nats.revoked == []
    del desk.cluster.held[MEMBER_POD]
    await pool.reconcile(desk.hands, POOL)
    assert (
        desk.message(POOL) == "Drained: Tenant aurora drains or is deleted, so no member is wanted"
    )
    assert isinstance(await tenant.reconcile(desk.hands, AURORA), Gone)
    assert desk.nats.revoked == [("aurora", (TOKEN,)), "aurora"]
    assert desk.client.ended == [("aurora", "u1", False, False)]
    assert desk.cluster.held[AURORA]["metadata"]["finalizers"] == ["theirs/first"]
    # What is retained: namespace, documents, the key with which it signs.
    assert {Ref(NAMESPACE, PLACE), POOL, MERCHANT_KEY} <= desk.cluster.held.keys()
    assert Ref(SECRET, engine.NAME, PLACE) not in desk.cluster.held


async def test_a_tenant_that_is_not_retained_takes_all_its_objects_along() -> None:
    desk = Desk()
    desk.delete_tenant("Delete")
    await tenant.reconcile(desk.hands, AURORA)
    assert desk.message(AURORA) == f"Ending: namespace {PLACE} is being removed"
    assert Ref(NAMESPACE, PLACE) not in desk.cluster.held
    assert desk.client.ended == []
    assert isinstance(await tenant.reconcile(desk.hands, AURORA), Gone)
    assert MERCHANT_KEY not in desk.cluster.held
    assert desk.nats.revoked[-1] == "account of aurora"
    assert desk.client.ended == [("aurora", "u1", True, False)]


async def test_an_open_position_is_named_and_its_members_stay() -> None:
    desk = Desk()
    desk.delete_tenant("Delete")
    desk.run_pool()
    desk.client.left = OPEN
    await tenant.reconcile(desk.hands, AURORA)
    told = desk.message(AURORA)
    assert told == (
        "UnresolvedOrders: 1 position is open: position LONG 0.5 in BTC-USDT-SWAP of account a1 "
        "(mine). Stops and closes go on; close positions at the venue, and look up there what "
        "became of unknown orders. To give it up: "
        "kubectl annotate tenant aurora ironbull.io/force-delete=aurora"
    )
    assert desk.cluster.held[AURORA]["status"]["drain"] == {
        "openPositions": 1, "unresolvedOrders": 0, "isDone": False,
    }  # fmt: skip
    assert {Ref(STATEFUL_SET, "main-0", PLACE), Ref(NAMESPACE, PLACE)} <= desk.cluster.held.keys()
    assert desk.nats.revoked == []
    assert desk.client.ended == []


async def test_orders_under_way_get_their_time_before_somebody_is_called_for() -> None:
    desk = Desk()
    desk.delete_tenant(deletionTimestamp="2025-12-31T23:59:30Z")
    desk.client.left = UNDER_WAY
    await tenant.reconcile(desk.hands, AURORA)
    assert desk.message(AURORA).startswith("Ending: 1 order is open: order CLOSE dispatched in ")
    desk.cluster.held[AURORA]["metadata"]["deletionTimestamp"] = "2025-12-31T23:58:30Z"
    await tenant.reconcile(desk.hands, AURORA)
    assert desk.message(AURORA).startswith("UnresolvedOrders: ")


@pytest.mark.parametrize(("name", "is_over"), [("another", False), ("aurora", True)])
async def test_what_is_open_is_given_up_by_the_tenants_own_name(
    name: str, *, is_over: bool
) -> None:
    desk = Desk()
    desk.delete_tenant(annotations={"ironbull.io/force-delete": name})
    desk.client.left = OPEN
    outcome = await tenant.reconcile(desk.hands, AURORA)
    assert isinstance(outcome, Gone) is is_over
    assert desk.client.ended == ([("aurora", "u1", False, True)] if is_over else [])


async def test_nothing_in_a_namespace_of_somebody_else_is_touched() -> None:
    desk = Desk()
    desk.delete_tenant()
    desk.cluster.held[Ref(NAMESPACE, PLACE)]["metadata"]["labels"] = {}
    assert isinstance(await tenant.reconcile(desk.hands, AURORA), Gone)
    assert Ref(DEPLOYMENT, engine.NAME, PLACE) in desk.cluster.held


async def test_what_is_gone_is_forgotten() -> None:
    desk = Desk()
    assert isinstance(await tenant.reconcile(desk.hands, AURORA), Gone)
    assert desk.nats.forgotten == ["aurora"]
