"""A tenant does not end while a position or an order of it is open, unless by force."""

import pytest
from fixtures.trading_desk import (
    MACHINE,
    STRATEGY,
    SYMBOL,
    House,
    TradingDesk,
    filled,
    said,
    signal,
)

from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.endings import EndingStore
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.end_documents import end_tenant
from ironbull_app.flows.settle_results import settle_results
from ironbull_messages.problems import Code, Problem
from ironbull_messages.words import Action, Leg


async def close(database: Database, house: House, *, is_forced: bool = False) -> bool:
    async with database.platform() as tx:
        return await end_tenant(
            EndingStore(tx), house.tenant, "uid", is_erased=False, is_forced=is_forced
        )


async def test_an_order_without_an_outcome_keeps_its_tenant(
    database: Database, desk: TradingDesk, house: House
) -> None:
    opening = signal(house, Action.OPEN, Leg.LONG)
    await accept_signals([said(opening)], Dispatching(database, lambda: MACHINE))
    desk.rows("UPDATE orders SET state = 'unknown'")
    async with database.platform() as tx:
        left = await EndingStore(tx).unresolved(house.tenant)
        nothing = await EndingStore(tx).unresolved(house.tenant, "another")
    assert (left.positions, left.orders, left.unknown) == (0, 1, 1)
    assert left.shown[0].what == "order OPEN unknown"
    assert nothing.is_nothing
    with pytest.raises(Problem) as caught:
        await close(database, house)
    assert caught.value.code is Code.UNRESOLVED_ORDERS
    assert f"account {house.account}, {SYMBOL}, order OPEN unknown" in caught.value.detail


async def test_an_open_position_keeps_its_tenant_unless_it_is_forced(
    database: Database, desk: TradingDesk, house: House
) -> None:
    opening = signal(house, Action.OPEN, Leg.LONG)
    await accept_signals([said(opening)], Dispatching(database, lambda: MACHINE))
    (task,) = desk.tasks(house)
    await settle_results([said(filled(task, "100"))], Settling(database, lambda: MACHINE))
    async with database.platform() as tx:
        left = await EndingStore(tx).unresolved(house.tenant, STRATEGY)
    assert (left.positions, left.orders) == (1, 0)
    assert left.shown[0].what.startswith("position LONG ")
    with pytest.raises(Problem):
        await close(database, house)
    assert await close(database, house, is_forced=True)
    row = desk.one("SELECT is_running, closed_at FROM strategy")
    assert row["is_running"] is False
    assert row["closed_at"] is not None


async def test_a_quiet_tenant_ends(database: Database, house: House) -> None:
    assert await close(database, house)
