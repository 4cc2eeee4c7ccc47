"""Nothing is lost and nothing doubled between a node and a venue that fails in all its ways."""

import asyncio
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from fixtures.node_bench import Bench, bench, order_task
from fixtures.paper_process import PaperProcess, Trader

from ironbull_messages.ids import MAX_ATTEMPTS, TaskId, client_order_id
from ironbull_messages.refusals import Refusal
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Action, Leg, OrderState
from ironbull_node.life import Life, Phase

INTENTS = 60
TRADERS = 6


def accepted_per_task(paper: PaperProcess, tasks: list[TaskId]) -> Counter[TaskId]:
    """Count, by the venue's own journal, how many orders each cause became."""
    causes = {
        client_order_id(task, attempt): task
        for task in tasks
        for attempt in range(1, MAX_ATTEMPTS + 1)
    }
    orders = paper.of_kind("order")
    assert all(order["client_id"] in causes for order in orders), "an order that nobody caused"
    return Counter(causes[str(order["client_id"])] for order in orders)


async def open_many(desk: Bench, intents: int) -> list[Life]:
    accounts = desk.lease(*(desk.paper.trader(f"t{n}", "1000000") for n in range(TRADERS)))
    tasks = [
        order_task(accounts[n % TRADERS], leg=Leg.LONG, quantity=str(20 + n))
        for n in range(intents)
    ]
    return list(await asyncio.gather(*(desk.carry_out(task) for task in tasks)))


def assert_nothing_doubled(desk: Bench, ended: list[Life]) -> None:
    accepted = accepted_per_task(desk.paper, [life.task.task_id for life in ended])
    assert max(accepted.values()) == 1
    for life in ended:
        assert life.phase is Phase.DONE
        if accepted[life.task.task_id]:
            assert life.state is OrderState.FILLED
            assert life.filled == sum(trade.quantity for trade in life.trades)
        else:
            assert life.state is OrderState.NOT_SENT
    by_venue = {
        str(t["trade_id"]): Decimal(str(t["quantity"])) for t in desk.paper.of_kind("trade")
    }
    by_us = {t.venue_trade_id: t.quantity for life in ended for t in life.trades}
    assert by_us == by_venue
    assert sum(accepted.values()) >= 0.9 * len(ended)


async def test_a_quiet_venue_takes_every_order_once(paper: PaperProcess, tmp_path: Path) -> None:
    async with bench(paper, tmp_path) as desk:
        ended = await open_many(desk, 12)
        assert_nothing_doubled(desk, ended)
        assert all(life.attempt == 1 for life in ended)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("lost_response", {}),
        ("reset_before_accept", {}),
        ("server_error_after_accept", {"status": 502}),
        ("server_error_after_accept", {"status": 503}),
        ("broken_body", {"body": "empty"}),
        ("broken_body", {"body": "html"}),
        ("broken_body", {"body": "truncated"}),
        ("broken_body", {"body": "no_order_id"}),
        ("delay_before_accept", {"seconds": 4.0}),
    ],
)
async def test_one_fault_on_every_first_attempt_doubles_nothing(
    paper: PaperProcess, tmp_path: Path, kind: str, more: dict[str, str | int | float]
) -> None:
    async with bench(paper, tmp_path) as desk:
        paper.fault(kind, "order", count=8, **more)
        ended = await open_many(desk, 8)
        assert_nothing_doubled(desk, ended)
        assert paper.fired()[f"{kind}.order"] == 8


async def test_all_faults_at_once_double_nothing(paper: PaperProcess, tmp_path: Path) -> None:
    async with bench(paper, tmp_path) as desk:
        desk.lease()
        paper.fault("lost_response", probability=0.15, seed=1)
        paper.fault("reset_before_accept", probability=0.1, seed=2)
        paper.fault("server_error_after_accept", probability=0.1, seed=3)
        paper.fault("broken_body", probability=0.1, seed=4)
        paper.fault("lost_response", "lookup", probability=0.1, seed=5)
        paper.fault("server_error_after_accept", "lookup", probability=0.05, seed=6)
        paper.fault("broken_body", "lookup", probability=0.05, seed=7)
        paper.fault("read_lag", "lookup", seconds=1.0)
        ended = await open_many(desk, INTENTS)
        fired = paper.fired()
        assert_nothing_doubled(desk, ended)
        for kind in (
            "lost_response.order",
            "reset_before_accept.order",
            "broken_body.order",
            "server_error_after_accept.order",
            "read_lag.lookup",
        ):
            assert fired[kind] > 0, fired


async def test_a_lost_journal_doubles_nothing(paper: PaperProcess, tmp_path: Path) -> None:
    account_tasks: list[tuple[Trader, OrderTask]] = []
    async with bench(paper, tmp_path / "first") as desk:
        ended = await open_many(desk, 20)
        account_tasks = [
            (desk.accounts[life.task.account_id], life.task)
            for life in ended
            if isinstance(life.task, OrderTask)
        ]
    async with bench(paper, tmp_path / "second") as desk:
        again = []
        for trader, task in account_tasks:
            (account,) = desk.lease(trader)
            again.append(task.model_copy(update={"account_id": account}))
        ended = list(
            await asyncio.gather(*(desk.carry_out(task, is_fresh=False) for task in again))
        )
        assert_nothing_doubled(desk, ended)


async def test_a_close_sells_what_the_venue_holds(paper: PaperProcess, tmp_path: Path) -> None:
    async with bench(paper, tmp_path) as desk:
        (account,) = desk.lease(paper.trader("one"))
        await desk.carry_out(order_task(account, quantity="300"))
        close = await desk.carry_out(order_task(account, action=Action.CLOSE, quantity="500"))
        assert (close.state, close.filled) == (OrderState.FILLED, Decimal(300))
        again = await desk.carry_out(order_task(account, action=Action.CLOSE, quantity="500"))
        assert again.state is OrderState.NOT_SENT
        assert again.reason is Refusal.POSITION_ALREADY_FLAT


async def test_a_reject_is_told_with_the_venues_code(paper: PaperProcess, tmp_path: Path) -> None:
    async with bench(paper, tmp_path) as desk:
        (account,) = desk.lease(paper.trader("poor", "10"))
        life = await desk.carry_out(order_task(account, quantity="100000"))
        assert (life.state, life.venue_code) == (OrderState.REJECTED, "-2019")
