"""A tripped strategy opens nothing, whatever stage an opening is in; it closes as ever."""

import asyncio
from datetime import datetime
from uuid import UUID

import pytest
from fixtures.trading_desk import (
    MACHINE,
    SPEC,
    STRATEGY,
    House,
    TradingDesk,
    filled,
    price,
    said,
    signal,
)

from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.documents import DocumentStore
from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.repositories.kill_switches import KillSwitchStore, history
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.repositories.watching import Watching
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows import kill_switches, put_documents
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.settle_results import settle_results
from ironbull_app.flows.watch_stops import watch_stops
from ironbull_app.ports.documents import Told
from ironbull_app.ports.kill_switches import Author
from ironbull_messages.fleet import Control, Kill
from ironbull_messages.ids import StrategyName
from ironbull_messages.problems import Code, Problem
from ironbull_messages.refusals import Refusal
from ironbull_messages.result import Result
from ironbull_messages.signal import Signal
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import Action, DesiredState, Leg

STAFF = Author("staff", "the venue misbehaves", "request-1")


async def say(database: Database, *signals: Signal) -> None:
    ports = Dispatching(database, lambda: MACHINE)
    await accept_signals([said(one) for one in signals], ports)


async def settle(database: Database, result: Result) -> None:
    await settle_results([said(result)], Settling(database, lambda: MACHINE))


async def trip(database: Database, house: House) -> None:
    async with database.platform() as tx:
        await kill_switches.trip(KillSwitchStore(tx), house.tenant, STRATEGY, STAFF)


async def rearm(database: Database, house: House) -> None:
    async with database.platform() as tx:
        await kill_switches.rearm(KillSwitchStore(tx), house.tenant, STRATEGY, STAFF)


async def snapshot(database: Database, house: House) -> Control:
    who = MemberSubject("beat", house.tenant, house.token)
    async with begin_fleet(database)() as store:
        return await store.control(who, datetime.now(MACHINE.tzinfo))


def refusals(desk: TradingDesk) -> list[object]:
    return [row["refusal"] for row in desk.rows("SELECT refusal FROM signal ORDER BY close_at")]


@pytest.fixture
async def held(database: Database, desk: TradingDesk, house: House) -> House:
    """Hold a long position that was opened at 100 with a stop at 95."""
    await say(database, signal(house, Action.OPEN, Leg.LONG, stop_loss="95"))
    (task,) = desk.tasks(house)
    await settle(database, filled(task, "100"))
    return house


async def test_an_opening_names_its_strategy_and_a_close_none(
    database: Database, desk: TradingDesk, held: House
) -> None:
    opening = desk.one("SELECT body->>'strategy' AS strategy FROM task")
    await say(database, signal(held, Action.CLOSE, Leg.LONG, 1))

    (close,) = desk.tasks(held)
    assert (opening["strategy"], close.strategy) == (STRATEGY, None)


@pytest.mark.parametrize(("version", "named"), [("0.1.0", None), ("0.1.0+2", STRATEGY)])
async def test_a_member_that_was_not_rolled_yet_gets_a_task_that_it_can_read(
    database: Database, desk: TradingDesk, house: House, version: str, named: str | None
) -> None:
    desk.rows("UPDATE member SET version = %s", version)
    await say(database, signal(house, Action.OPEN, Leg.LONG))

    (task,) = desk.tasks(house)
    assert task.strategy == named


async def test_a_tripped_strategy_refuses_openings_and_takes_closes(
    database: Database, desk: TradingDesk, held: House
) -> None:
    await trip(database, held)
    await say(database, signal(held, Action.CLOSE, Leg.LONG, 1))
    await say(database, signal(held, Action.OPEN, Leg.SHORT, 1))

    (close,) = desk.tasks(held)
    assert close.action is Action.CLOSE
    assert refusals(desk) == [None, None, "KILL_SWITCH"]
    row = desk.one("SELECT numbers FROM signal WHERE refusal IS NOT NULL")
    assert row["numbers"] == {"scope": "strategy"}


async def test_a_stop_of_a_tripped_strategy_still_closes(
    database: Database, desk: TradingDesk, held: House
) -> None:
    await trip(database, held)

    assert await watch_stops([price("90")], Watching(database, lambda: MACHINE)) == 1

    (close,) = desk.tasks(held)
    await settle(database, filled(close, "90"))
    assert desk.one("SELECT close_reason FROM trade")["close_reason"] == "STOP_LOSS"


async def test_an_opening_that_waits_for_a_close_is_cancelled(
    database: Database, desk: TradingDesk, held: House
) -> None:
    close, opening = (
        signal(held, Action.CLOSE, Leg.LONG, 1),
        signal(held, Action.OPEN, Leg.SHORT, 1),
    )
    await say(database, close, opening)
    waiting = desk.one("SELECT id FROM orders WHERE state = 'planned'")

    await trip(database, held)
    (task,) = desk.tasks(held)
    await settle(database, filled(task, "101"))

    row = desk.one("SELECT state, reason FROM orders WHERE id = %s", waiting["id"])
    assert row == {"state": "cancelled", "reason": "KILL_SWITCH"}
    assert desk.tasks(held) == []


async def test_a_pause_cancels_what_waits_to_be_opened_too(
    database: Database, desk: TradingDesk, held: House
) -> None:
    venues = '[{"name": "main", "type": "binance", "environment": "Paper"}]'
    desk.rows("UPDATE tenant SET venues = %s", venues)
    close, opening = (
        signal(held, Action.CLOSE, Leg.LONG, 1),
        signal(held, Action.OPEN, Leg.SHORT, 1),
    )
    await say(database, close, opening)
    paused = SPEC.model_copy(update={"desired_state": DesiredState.PAUSED})

    async with database.platform() as tx:
        switches, told = KillSwitchStore(tx), Told(STRATEGY, "uid", 2)
        await put_documents.put_strategy(DocumentStore(tx), switches, held.tenant, told, paused)

    (task,) = desk.tasks(held)
    await settle(database, filled(task, "101"))
    rows = desk.rows("SELECT state, reason FROM orders WHERE action = 'OPEN' ORDER BY as_of")
    assert rows[1] == {"state": "cancelled", "reason": "STRATEGY_NOT_RUNNING"}
    assert desk.tasks(held) == []


async def test_an_opening_that_is_released_names_its_strategy_too(
    database: Database, desk: TradingDesk, held: House
) -> None:
    close, opening = (
        signal(held, Action.CLOSE, Leg.LONG, 1),
        signal(held, Action.OPEN, Leg.SHORT, 1),
    )
    await say(database, close, opening)
    (task,) = desk.tasks(held)
    await settle(database, filled(task, "101"))

    (released,) = desk.tasks(held)
    assert (released.action, released.strategy) == (Action.OPEN, STRATEGY)


async def test_a_signal_that_meets_the_trip_waits_for_it(
    database: Database, desk: TradingDesk, house: House
) -> None:
    async with database.platform() as tx:
        store = KillSwitchStore(tx)
        await store.lock(house.tenant, STRATEGY)
        await store.stop_openings(house.tenant, STRATEGY, Refusal.KILL_SWITCH)
        saying = asyncio.create_task(say(database, signal(house, Action.OPEN, Leg.LONG)))
        await asyncio.wait([saying], timeout=0.3)
        await store.turn(house.tenant, STRATEGY, STAFF, is_tripped=True)
    await saying

    assert desk.tasks(house) == []
    assert refusals(desk) == ["KILL_SWITCH"]


async def test_members_are_told_and_every_turn_outdates_their_snapshots(
    database: Database, house: House
) -> None:
    before = await snapshot(database, house)
    await trip(database, house)
    tripped = await snapshot(database, house)
    await rearm(database, house)
    after = await snapshot(database, house)

    assert (before.kills, after.kills) == ((), ())
    assert tripped.kills == (Kill(scope="strategy", strategy=StrategyName(STRATEGY)),)
    assert before.version < tripped.version < after.version


async def test_a_rearmed_strategy_opens_again(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await trip(database, house)
    await rearm(database, house)

    await say(database, signal(house, Action.OPEN, Leg.LONG))

    assert [task.strategy for task in desk.tasks(house)] == [STRATEGY]


async def test_a_switch_of_one_tenant_is_nothing_to_another_of_the_same_names(
    database: Database, desk: TradingDesk, house: House
) -> None:
    other = desk.house("umbra", "bbbbbbbbbbbbbbbb")
    await trip(database, house)

    await say(database, signal(other, Action.OPEN, Leg.LONG))

    assert len(desk.tasks(other)) == 1
    assert (await snapshot(database, other)).kills == ()


async def test_turning_twice_leaves_one_turn_with_who_and_why(
    database: Database, house: House
) -> None:
    for _ in range(2):
        await trip(database, house)
    for _ in range(2):
        await rearm(database, house)

    async with database.platform() as tx:
        turns = await history(tx, house.tenant, STRATEGY, 10)
    told = [(turn.is_tripped, turn.by, turn.reason, turn.request_id) for turn in turns]
    who = ("staff", "the venue misbehaves", "request-1")
    assert told == [(False, *who), (True, *who)]


async def test_a_strategy_that_nobody_has_cannot_be_tripped(
    database: Database, house: House
) -> None:
    assert isinstance(house.account, UUID)
    with pytest.raises(Problem) as caught:
        async with database.platform() as tx:
            await kill_switches.trip(KillSwitchStore(tx), house.tenant, "nobodys", STAFF)

    assert caught.value.code is Code.NOT_FOUND
