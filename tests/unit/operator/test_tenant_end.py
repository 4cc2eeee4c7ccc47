"""A deleted tenant ends in order: openings, engine, what is open, members, then the object."""

import pytest
from fixtures.ending_desk import (
    AURORA,
    ENGINE_LABELS,
    MEMBER_POD,
    MERCHANT_KEY,
    OPEN,
    PLACE,
    POOL,
    TOKEN,
    UNDER_WAY,
    Desk,
    an_object,
)

from ironbull_operator.desired import engine
from ironbull_operator.kinds import (
    DEPLOYMENT,
    NAMESPACE,
    POD,
    SECRET,
    STATEFUL_SET,
    Ref,
)
from ironbull_operator.queue import Gone
from ironbull_operator.reconcile import pool, tenant


async def test_a_tenant_ends_after_its_engine_and_its_members() -> None:
    desk = Desk()
    desk.delete_tenant()
    desk.run_pool()
    engine_pod = Ref(POD, "engine-1", PLACE)
    desk.cluster.add(an_object(engine_pod, {"labels": ENGINE_LABELS}))
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
