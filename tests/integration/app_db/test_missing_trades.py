"""An order that the venue filled and whose trades are not booked yet is not over."""

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

from ironbull_app.db.queries import troubles
from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.repositories.watching import Watching
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.settle_results import settle_results
from ironbull_app.flows.watch_stops import watch_stops
from ironbull_messages.result import Result
from ironbull_messages.words import Action, Leg


async def accept(database: Database, *signals: object) -> None:
    messages = [said(one) for one in signals]  # type: ignore[arg-type]
    await accept_signals(messages, Dispatching(database, lambda: MACHINE))


async def settle(database: Database, result: Result) -> None:
    await settle_results([said(result)], Settling(database, lambda: MACHINE))


def without_trades(result: Result) -> Result:
    """Return what a venue tells whose trades lag behind its orders."""
    return result.model_copy(update={"trades": (), "seq": 1})


@pytest.fixture
async def opening(database: Database, desk: TradingDesk, house: House) -> Result:
    """Open, and hear that it is filled before its trades are told."""
    await accept(database, signal(house, Action.OPEN, Leg.LONG, stop_loss="95"))
    (task,) = desk.tasks(house)
    whole = filled(task, "100", seq=2)
    await settle(database, without_trades(whole))
    return whole


async def test_a_turn_waits_for_the_trades_of_the_opening_that_it_closes(
    database: Database, desk: TradingDesk, house: House, opening: Result
) -> None:
    await accept(
        database,
        signal(house, Action.CLOSE, Leg.LONG),
        signal(house, Action.OPEN, Leg.SHORT),
    )
    assert desk.rows("SELECT code FROM signal_refusal") == [{"code": "ORDER_IN_FLIGHT"}]
    close = desk.one("SELECT state, after_order_id FROM orders WHERE action = 'CLOSE'")
    assert close == {"state": "planned", "after_order_id": opening.order_id}

    await settle(database, opening)

    (task,) = (task for task in desk.tasks(house) if task.action is Action.CLOSE)
    assert task.quantity == opening.filled_quantity


async def test_what_is_filled_counts_as_a_position_before_it_is_booked(
    database: Database, desk: TradingDesk, house: House, opening: Result
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG, 1))
    assert opening.filled_quantity
    assert desk.rows("SELECT code FROM signal_refusal") == [{"code": "ORDER_IN_FLIGHT"}]


async def test_a_close_takes_what_is_booked_and_waits_for_no_rest(
    database: Database, desk: TradingDesk, house: House, opening: Result
) -> None:
    part = opening.model_copy(update={"trades": opening.trades[:1]})
    await settle(database, part)
    await accept(database, signal(house, Action.CLOSE, Leg.LONG))

    (task,) = (task for task in desk.tasks(house) if task.action is Action.CLOSE)
    assert task.quantity == opening.trades[0].quantity


async def test_no_stop_fires_behind_a_close_that_is_filled(
    database: Database, desk: TradingDesk, house: House, opening: Result
) -> None:
    await settle(database, opening)
    await accept(database, signal(house, Action.CLOSE, Leg.LONG))
    (task,) = (task for task in desk.tasks(house) if task.action is Action.CLOSE)
    told = without_trades(filled(task, "94", seq=2))
    await settle(database, told)

    assert await watch_stops([price("90")], Watching(database, lambda: MACHINE)) == 0

    for number in range(2, 9):  # the centre asks for the trades, and the node has none
        desk.rows("UPDATE orders SET updated_at = updated_at - interval '10 seconds'")
        await settle(database, told.model_copy(update={"seq": number}))
    assert await watch_stops([price("90")], Watching(database, lambda: MACHINE)) == 1


async def test_an_order_that_is_told_again_and_again_is_as_old_as_its_last_change(
    database: Database, desk: TradingDesk, opening: Result
) -> None:
    desk.rows("UPDATE orders SET updated_at = updated_at - interval '20 seconds'")
    await settle(database, without_trades(opening).model_copy(update={"seq": 5}))

    async with database.platform() as tx:
        kinds = {one.kind for one in await troubles.find(tx)}
    assert "missing_fills" in kinds
