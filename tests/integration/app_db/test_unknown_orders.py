"""A result of an order that the centre does not know is laid aside by name; nobody else suffers."""

import asyncio
from uuid import UUID

import nats
import pytest
from fixtures.trading_desk import MACHINE, House, TradingDesk, filled, said, signal
from fixtures.waiting import eventually

from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.settle_results import settle_results
from ironbull_app.processes import settler
from ironbull_kit import streams
from ironbull_local.nats_server import NatsServer
from ironbull_messages.ids import OrderId
from ironbull_messages.result import Result
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Action, Leg

LOST = OrderId(UUID(int=7))
"""An order that was placed before the database was set back."""


@pytest.fixture
async def opening(database: Database, desk: TradingDesk, house: House) -> OrderTask:
    """Have one order under way."""
    wanted = signal(house, Action.OPEN, Leg.LONG)
    await accept_signals([said(wanted)], Dispatching(database, lambda: MACHINE))
    (task,) = desk.tasks(house)
    return task


def both(opening: OrderTask) -> list[Result]:
    known = filled(opening, "100")
    return [known.model_copy(update={"order_id": LOST, "task_id": UUID(int=8)}), known]


async def test_a_result_of_an_unknown_order_is_refused_by_name(
    database: Database, desk: TradingDesk, opening: OrderTask
) -> None:
    results = [said(one) for one in both(opening)]

    with pytest.raises(LookupError, match=str(LOST)):
        await settle_results(results, Settling(database, lambda: MACHINE))

    assert desk.rows("SELECT 1 FROM fill") == []


async def test_it_becomes_a_dead_task_and_the_rest_of_its_batch_is_settled(
    database: Database, desk: TradingDesk, opening: OrderTask, plain_nats: NatsServer
) -> None:
    client = await nats.connect(plain_nats.url)
    await streams.ensure_streams(client.jetstream())
    for message in map(said, both(opening)):
        await client.jetstream().publish(message.subject, message.body)
    stopping = asyncio.Event()
    running = asyncio.create_task(settler.run(database, client, lambda: MACHINE, stopping))

    await eventually(lambda: bool(desk.rows("SELECT 1 FROM dead_task")))
    stopping.set()
    await running
    await client.close()

    assert str(LOST) in str(desk.one("SELECT error FROM dead_task")["error"])
    assert desk.one("SELECT state FROM orders")["state"] == "filled"
    assert desk.one("SELECT entered FROM position")["entered"] == opening.quantity
