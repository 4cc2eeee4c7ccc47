"""A deleted pool ends in order: accounts handed over, members gone, then what it had."""

import pytest
from fixtures.ending_desk import AURORA, MEMBER_POD, MEMBER_SECRET, PLACE, POOL, TOKEN, Desk

from ironbull_messages.problems import Code, Problem
from ironbull_operator.desired.platform import POOL_LABEL
from ironbull_operator.kinds import (
    NAMESPACE,
    SERVICE,
    STATEFUL_SET,
    Ref,
)
from ironbull_operator.queue import Again, Gone
from ironbull_operator.reconcile import pool


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
