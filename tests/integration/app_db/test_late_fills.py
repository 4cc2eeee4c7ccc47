"""A close is booked after the trades of its own opening, in whatever order they are told."""

from decimal import Decimal

import pytest
from fixtures.trading_desk import (
    MACHINE,
    House,
    TradingDesk,
    filled,
    price,
    said,
    signal,
)

from ironbull_app.db.queries import drift
from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.repositories.watching import Watching
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.settle_results import settle_results
from ironbull_app.flows.watch_stops import watch_stops
from ironbull_messages.result import Result
from ironbull_messages.words import Action, Leg, OrderState


async def settle(database: Database, *results: Result) -> None:
    messages = [said(one) for one in results]
    await settle_results(messages, Settling(database, lambda: MACHINE))


def again(result: Result, times: int = 1) -> Result:
    """Return what a node tells when it is asked again: the same, under a new number."""
    return result.model_copy(update={"seq": result.seq + times})


@pytest.fixture
async def opened(database: Database, desk: TradingDesk, house: House) -> Result:
    """Book half of an opening, whose venue has filled all of it; return what is told later."""
    opening = signal(house, Action.OPEN, Leg.LONG, stop_loss="95")
    await accept_signals([said(opening)], Dispatching(database, lambda: MACHINE))
    (task,) = desk.tasks(house)
    whole = filled(task, "100", seq=2)
    await settle(database, whole.model_copy(update={"trades": whole.trades[:1], "seq": 1}))
    return whole


@pytest.fixture
async def closed(database: Database, desk: TradingDesk, house: House, opened: Result) -> Result:
    """Close by its stop what is booked; return what is told of it."""
    assert await watch_stops([price("90")], Watching(database, lambda: MACHINE)) == 1
    (task,) = (task for task in desk.tasks(house) if task.order_id != opened.order_id)
    assert task.quantity == Decimal(1)
    return filled(task, "90")


async def one_life(database: Database, desk: TradingDesk) -> bool:
    async with database.platform() as tx:
        assert await drift.find(tx) == []
    held = desk.one("SELECT entered, exited, closed_at FROM position")
    return held == {"entered": Decimal(2), "exited": Decimal(1), "closed_at": None}


async def test_a_close_waits_for_the_late_trades_of_its_opening(
    database: Database, desk: TradingDesk, opened: Result, closed: Result
) -> None:
    await settle(database, closed)
    assert desk.one("SELECT count(*) AS n FROM fill")["n"] == 1
    assert desk.one("SELECT count(*) AS n FROM task WHERE done_at IS NULL")["n"] == 2

    await settle(database, opened)
    await settle(database, again(closed))

    assert await one_life(database, desk)


async def test_both_told_at_once_are_booked_at_once(
    database: Database, desk: TradingDesk, opened: Result, closed: Result
) -> None:
    await settle(database, closed, opened)

    assert await one_life(database, desk)


async def test_only_the_close_waits(database: Database, desk: TradingDesk, closed: Result) -> None:
    umbra = desk.house("umbra", "cccccccccccccccc")
    other = signal(umbra, Action.OPEN, Leg.LONG)
    await accept_signals([said(other)], Dispatching(database, lambda: MACHINE))
    (theirs,) = desk.tasks(umbra)

    await settle(database, closed, filled(theirs, "100"))

    assert desk.one("SELECT entered FROM position WHERE tenant_id = 'umbra'")["entered"] == 2


async def test_a_word_without_trades_does_not_wait(
    database: Database, desk: TradingDesk, closed: Result
) -> None:
    failed = closed.model_copy(update={"trades": (), "filled_quantity": None})

    await settle(database, failed.model_copy(update={"state": OrderState.REJECTED}))

    assert desk.one("SELECT state FROM orders WHERE action = 'CLOSE'")["state"] == "rejected"


async def test_trades_that_do_not_come_are_not_waited_for_without_end(
    database: Database, desk: TradingDesk, opened: Result, closed: Result
) -> None:
    part = opened.model_copy(update={"trades": opened.trades[:1]})
    for number in range(1, 8):  # the centre asks, the node tells what it told before
        desk.rows("UPDATE orders SET updated_at = updated_at - interval '10 seconds'")
        await settle(database, again(part, number))
        await settle(database, again(closed, number))

    assert desk.one("SELECT count(*) AS n FROM trade")["n"] == 1
