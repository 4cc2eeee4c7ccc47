"""A member that is told to end finds out first what became of its orders, for as long as it may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fixtures.nats_authority import Authority
from fixtures.node_bench import order_task
from fixtures.node_centre import NodeProcess, TinyCentre, lease
from fixtures.node_member import member
from fixtures.paper_process import PaperProcess

from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.task import OrderTask
from ironbull_messages.words import OrderState


@asynccontextmanager
async def unknown_order(
    tmp_path: Path, authority: Authority, paper: PaperProcess, drain_seconds: int
) -> AsyncIterator[tuple[TinyCentre, NodeProcess, OrderTask, list[ExchangeAccountId]]]:
    """Give a member with an order that the venue took, and a venue that answers no more."""
    async with member(tmp_path, authority, paper) as (centre, node):
        node.kill()
        hellos = len(centre.hellos)
        node.start(IRONBULL_DRAIN_SECONDS=str(drain_seconds))
        await centre.hello_after(hellos)
        accounts = lease(centre, paper.trader("one"), paper.trader("two"))
        await centre.push()
        await centre.until(lambda: len(centre.reports) == 2, "both probes")
        paper.fault("delay_after_accept", seconds=30.0)
        task = order_task(accounts[0], journal_id=centre.journal_id)
        await centre.send(task)
        await centre.until(lambda: node.figure("tasks_submitting") == 1, "the order on its way")
        await asyncio.sleep(1)  # the venue has taken it by now
        await asyncio.to_thread(paper.kill)
        await centre.until(lambda: node.figure("tasks_unknown") == 1, "an unknown order")
        yield centre, node, task, accounts


def _handed_back(centre: TinyCentre) -> set[ExchangeAccountId]:
    return {row.account_id for row in centre.beats[-1].handed_back}


async def test_a_member_that_ends_waits_for_the_outcome_of_an_order(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with unknown_order(tmp_path, authority, paper, 60) as (centre, node, task, accounts):
        stopping = asyncio.create_task(asyncio.to_thread(node.stop))
        await centre.until(lambda: centre.beats[-1].draining, "a beat of the drain")
        assert _handed_back(centre) == {accounts[1]}
        assert not stopping.done()
        await asyncio.to_thread(paper.start)
        assert await stopping == 0
        (result,) = await centre.ended(task.task_id)
        assert result.state is OrderState.FILLED
        assert _handed_back(centre) == set(accounts)


async def test_what_is_unknown_when_the_time_is_over_stays_unknown(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with unknown_order(tmp_path, authority, paper, 3) as (centre, node, task, accounts):
        assert await asyncio.to_thread(node.stop) == 0
        assert _handed_back(centre) == set(accounts)
        assert centre.beats[-1].unknown_tasks == 1
        states = {result.state for result in centre.results.get(task.task_id, [])}
        assert states <= {OrderState.UNKNOWN}
        await asyncio.to_thread(paper.start)
        node.start()
        (result,) = await centre.ended(task.task_id)
        assert result.state is OrderState.FILLED
