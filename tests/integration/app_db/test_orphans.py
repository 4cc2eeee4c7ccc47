"""A close that still waits ends with the position that it would have closed."""

import pytest
from fixtures.trading_desk import MACHINE, House, TradingDesk, filled, said, signal, told

from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.repositories.watching import Watching
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.close_again import close_again
from ironbull_app.flows.settle_results import settle_results
from ironbull_messages.result import Result
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Action, Leg, OrderState


async def settle(database: Database, *results: Result) -> None:
    await settle_results([said(one) for one in results], Settling(database, lambda: MACHINE))


async def ask(database: Database, house: House, action: Action, leg: Leg, hour: int) -> None:
    wanted = signal(house, action, leg, hour)
    await accept_signals([said(wanted)], Dispatching(database, lambda: MACHINE))


@pytest.fixture
async def lost(database: Database, desk: TradingDesk, house: House) -> OrderTask:
    """Take a close for not sent, so that a second one waits for a member; the first one's task."""
    await ask(database, house, Action.OPEN, Leg.LONG, 0)
    (opening,) = desk.tasks(house)
    await settle(database, filled(opening, "100"))
    await ask(database, house, Action.CLOSE, Leg.LONG, 1)
    (closing,) = desk.tasks(house)
    await settle(database, told(closing, OrderState.NOT_SENT))
    desk.rows("UPDATE exchange_account SET member_token = NULL")
    assert await close_again(Watching(database, lambda: MACHINE)) == 1
    desk.rows("UPDATE exchange_account SET member_token = %s", house.token)
    return closing


async def test_a_close_that_waits_for_a_member_ends_with_its_position(
    database: Database, desk: TradingDesk, lost: OrderTask
) -> None:
    await settle(database, filled(lost, "110", seq=2))

    row = desk.one("SELECT state, reason FROM orders WHERE signal_id IS NULL")
    assert row == {"state": "cancelled", "reason": "NO_POSITION"}


async def test_what_waited_for_such_a_close_goes_on(
    database: Database, desk: TradingDesk, house: House, lost: OrderTask
) -> None:
    await ask(database, house, Action.OPEN, Leg.SHORT, 2)
    assert desk.tasks(house) == []

    await settle(database, filled(lost, "110", seq=2))

    (reverse,) = desk.tasks(house)
    assert (reverse.action, reverse.leg) == (Action.OPEN, Leg.SHORT)


async def test_a_close_that_waits_for_its_opening_stays(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await ask(database, house, Action.OPEN, Leg.LONG, 0)
    (opening,) = desk.tasks(house)
    await ask(database, house, Action.CLOSE, Leg.LONG, 1)

    await settle(database, told(opening, OrderState.UNKNOWN))
    asked = filled(opening, "100", seq=2)
    await settle(database, asked.model_copy(update={"trades": ()}))
    waiting = desk.one("SELECT state FROM orders WHERE action = 'CLOSE'")["state"]
    await settle(database, filled(opening, "100", seq=3))

    assert waiting == "planned"
    (closing,) = desk.tasks(house)
    assert (closing.action, closing.quantity) == (Action.CLOSE, opening.quantity)


async def test_a_close_whose_opening_never_was_ends_with_it(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await ask(database, house, Action.OPEN, Leg.LONG, 0)
    (opening,) = desk.tasks(house)
    await ask(database, house, Action.CLOSE, Leg.LONG, 1)

    await settle(database, told(opening, OrderState.REJECTED))

    row = desk.one("SELECT state, reason FROM orders WHERE action = 'CLOSE'")
    assert row == {"state": "cancelled", "reason": "NO_POSITION"}
