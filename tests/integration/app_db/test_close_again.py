"""A close that was asked for is made again until its position is closed."""

from decimal import Decimal

import pytest
from fixtures.trading_desk import MACHINE, House, TradingDesk, filled, said, signal, told

from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.repositories.watching import MAX_FLAT, Watching
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.close_again import close_again
from ironbull_app.flows.settle_results import settle_results
from ironbull_messages.refusals import Refusal
from ironbull_messages.result import Result
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Action, Leg, OrderState


async def settle(database: Database, *results: Result) -> None:
    await settle_results([said(one) for one in results], Settling(database, lambda: MACHINE))


async def ask(database: Database, house: House, action: Action, hour: int) -> None:
    wanted = signal(house, action, Leg.LONG, hour)
    await accept_signals([said(wanted)], Dispatching(database, lambda: MACHINE))


async def again(database: Database) -> int:
    return await close_again(Watching(database, lambda: MACHINE))


def wait(desk: TradingDesk, seconds: int = 60) -> None:
    desk.rows("UPDATE orders SET updated_at = updated_at - make_interval(secs => %s)", seconds)


@pytest.fixture
async def closing(database: Database, desk: TradingDesk, house: House) -> OrderTask:
    """Hold a long position, without a stop, that its strategy has just asked to close."""
    await ask(database, house, Action.OPEN, 0)
    (opening,) = desk.tasks(house)
    await settle(database, filled(opening, "100"))
    await ask(database, house, Action.CLOSE, 1)
    (task,) = desk.tasks(house)
    return task


@pytest.mark.parametrize(
    "state",
    [OrderState.NOT_SENT, OrderState.REJECTED, OrderState.EXPIRED, OrderState.CANCELLED],
)
async def test_a_close_by_signal_that_did_not_close_is_made_again(
    database: Database, desk: TradingDesk, house: House, closing: OrderTask, state: OrderState
) -> None:
    await settle(database, told(closing, state))

    assert await again(database) == 1

    (second,) = desk.tasks(house)
    assert second.order_id != closing.order_id
    assert (second.action, second.reduce_only, second.quantity) == (Action.CLOSE, True, Decimal(2))
    await settle(database, filled(second, "110"))
    assert desk.one("SELECT close_reason FROM trade")["close_reason"] == "SIGNAL"
    assert await again(database) == 0


async def test_it_is_made_again_after_longer_and_longer_pauses_for_as_long_as_it_takes(
    database: Database, desk: TradingDesk, house: House, closing: OrderTask
) -> None:
    await settle(database, told(closing, OrderState.REJECTED))
    await again(database)
    (second,) = desk.tasks(house)
    await settle(database, told(second, OrderState.REJECTED))

    at_once = await again(database)
    wait(desk, 2)
    later = await again(database)
    # Half a day of failures: 2 to that power is no number any more.
    desk.rows(
        """INSERT INTO orders (tenant_id, id, cause, n, account_id, subscription_id, position_id,
            feed, symbol, action, leg, side, quantity, leverage, close_reason, state, as_of,
            updated_at)
        SELECT tenant_id, gen_random_uuid(), cause, g, account_id, subscription_id, position_id,
            feed, symbol, action, leg, side, quantity, leverage, close_reason, 'rejected', as_of,
            now()
        FROM orders, generate_series(3, 2000) g WHERE n = 2"""
    )
    (third,) = desk.tasks(house)
    await settle(database, told(third, OrderState.REJECTED))
    wait(desk)
    much_later = await again(database)

    assert (at_once, later, much_later) == (0, 1, 1)


async def test_what_a_close_left_over_is_closed_too(
    database: Database, desk: TradingDesk, house: House, closing: OrderTask
) -> None:
    part = filled(closing.model_copy(update={"quantity": Decimal(1)}), "110")
    await settle(database, part.model_copy(update={"state": OrderState.FILLED}))

    assert await again(database) == 1

    (rest,) = desk.tasks(house)
    assert rest.quantity == Decimal(1)


async def test_nothing_is_made_while_the_close_or_its_trades_are_under_way(
    database: Database, closing: OrderTask
) -> None:
    assert await again(database) == 0

    await settle(
        database,
        told(closing, OrderState.FILLED).model_copy(update={"filled_quantity": Decimal(2)}),
    )

    assert await again(database) == 0


async def test_a_close_says_nothing_of_a_position_that_was_opened_after_it(
    database: Database, desk: TradingDesk, house: House, closing: OrderTask
) -> None:
    await settle(database, filled(closing, "110"))
    await ask(database, house, Action.OPEN, 2)
    (opening,) = desk.tasks(house)
    await settle(database, filled(opening, "100"))

    assert await again(database) == 0


async def test_a_venue_that_says_again_and_again_that_it_is_flat_is_believed(
    database: Database, desk: TradingDesk, house: House, closing: OrderTask
) -> None:
    made, task = 0, closing
    for _ in range(MAX_FLAT):
        flat = told(task, OrderState.NOT_SENT)
        await settle(database, flat.model_copy(update={"reason": Refusal.POSITION_ALREADY_FLAT}))
        wait(desk)
        made += await again(database)
        task = next(iter(desk.tasks(house)), task)

    assert made == MAX_FLAT - 1
