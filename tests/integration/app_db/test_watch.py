"""Stops against prices: once per life, by the side of the price, never without a way out."""

from datetime import timedelta
from decimal import Decimal

import pytest
from fixtures.trading_desk import (
    MACHINE,
    START,
    House,
    TradingDesk,
    filled,
    price,
    said,
    signal,
    told,
)

from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.repositories.watching import Watching
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.close_again import close_again
from ironbull_app.flows.send_waiting_closes import send_waiting_closes
from ironbull_app.flows.settle_results import settle_results
from ironbull_app.flows.watch_stops import watch_stops
from ironbull_messages.market import Price
from ironbull_messages.result import Result
from ironbull_messages.words import Action, Leg, OrderState


async def settle(database: Database, result: Result) -> None:
    await settle_results([said(result)], Settling(database, lambda: MACHINE))


async def watch(database: Database, *prices: Price) -> int:
    return await watch_stops(prices, Watching(database, lambda: MACHINE))


@pytest.fixture
async def held(database: Database, desk: TradingDesk, house: House) -> House:
    """Hold a long position that was opened at 100 with a stop at 95."""
    opening = signal(house, Action.OPEN, Leg.LONG, stop_loss="95")
    await accept_signals([said(opening)], Dispatching(database, lambda: MACHINE))
    (task,) = desk.tasks(house)
    await settle(database, filled(task, "100"))
    return house


async def test_a_price_at_the_stop_closes_the_position_once(
    database: Database, desk: TradingDesk, held: House
) -> None:
    assert await watch(database, price("95.1")) == 0
    assert await watch(database, price("95"), price("94")) == 1
    assert await watch(database, price("93")) == 0

    (task,) = desk.tasks(held)
    assert (task.action, task.reduce_only, task.quantity) == (Action.CLOSE, True, Decimal(2))
    assert task.valid_until is None
    await settle(database, filled(task, "94"))
    assert desk.one("SELECT close_reason FROM trade")["close_reason"] == "STOP_LOSS"
    assert await watch(database, price("90")) == 0


async def test_a_stop_that_was_crossed_while_nobody_watched_fires_at_the_next_price(
    database: Database, desk: TradingDesk, held: House
) -> None:
    assert await watch(database, price("60", START + timedelta(hours=5))) == 1

    (task,) = desk.tasks(held)
    assert task.as_of == START + timedelta(hours=5)


async def test_a_price_from_before_the_opening_says_nothing(
    database: Database, held: House
) -> None:
    assert held.tenant
    assert await watch(database, price("60", at=MACHINE - timedelta(seconds=1))) == 0


async def test_a_close_that_failed_is_made_again_after_a_pause(
    database: Database, desk: TradingDesk, held: House
) -> None:
    await watch(database, price("90"))
    (first,) = desk.tasks(held)
    await settle(database, told(first, OrderState.REJECTED))

    at_once = await watch(database, price("90"))
    desk.rows("UPDATE orders SET updated_at = updated_at - interval '2 seconds'")
    later = await watch(database, price("90"))

    assert (at_once, later) == (0, 1)
    (second,) = desk.tasks(held)
    assert second.order_id != first.order_id
    assert desk.one("SELECT max(n) AS n FROM orders")["n"] == 2


async def test_a_close_without_a_member_waits_for_one(
    database: Database, desk: TradingDesk, held: House
) -> None:
    ports = Watching(database, lambda: MACHINE)
    desk.rows("UPDATE exchange_account SET member_token = NULL")
    assert await watch(database, price("90")) == 1
    assert desk.tasks(held) == []
    assert await send_waiting_closes(ports) == 0

    desk.rows("UPDATE exchange_account SET member_token = %s, epoch = 2", held.token)
    sent = await send_waiting_closes(ports)

    assert sent == 1
    (task,) = desk.tasks(held)
    assert (task.epoch, task.fresh, task.quantity) == (2, True, Decimal(2))
    assert await send_waiting_closes(ports) == 0


async def test_a_stop_that_fired_closes_even_when_the_price_came_back(
    database: Database, desk: TradingDesk, held: House
) -> None:
    ports = Watching(database, lambda: MACHINE)
    await watch(database, price("90"))
    (first,) = desk.tasks(held)
    await settle(database, told(first, OrderState.NOT_SENT))
    desk.rows("UPDATE orders SET updated_at = updated_at - interval '2 seconds'")

    assert await watch(database, price("96")) == 0
    assert await close_again(ports) == 1

    (second,) = desk.tasks(held)
    await settle(database, filled(second, "96"))
    assert desk.one("SELECT close_reason FROM trade")["close_reason"] == "STOP_LOSS"
