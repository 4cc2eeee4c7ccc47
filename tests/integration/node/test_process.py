"""A member as a process over real NATS and a real paper exchange: killed, it loses nothing."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from fixtures.nats_authority import Authority
from fixtures.node_bench import TOKEN, order_task
from fixtures.node_centre import lease
from fixtures.node_member import member
from fixtures.paper_process import PaperProcess
from integration.node.test_order_safety import accepted_per_task

from ironbull_kit import streams
from ironbull_messages import subjects
from ironbull_messages.fleet import Kill, SyncRequest
from ironbull_messages.ids import task_id
from ironbull_messages.refusals import Refusal
from ironbull_messages.task import CancelTask
from ironbull_messages.words import Action, OrderState


async def test_a_task_becomes_a_fill_and_a_close(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, node):
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        report = centre.reports[account][0].accounts[0]
        assert (report.failed, report.wallet_usdt) == ("", Decimal(10000))
        opening = order_task(account, journal_id=centre.journal_id, quantity="300")
        await centre.send(opening)
        (opened,) = await centre.ended(opening.task_id)
        assert (opened.state, opened.filled_quantity) == (OrderState.FILLED, Decimal(300))
        close = order_task(
            account, action=Action.CLOSE, journal_id=centre.journal_id, quantity="300"
        )
        await centre.send(close)
        (closed,) = await centre.ended(close.task_id)
        assert closed.state is OrderState.FILLED
        centre.sync = (SyncRequest(account_id=account, requested_at=datetime.now(UTC)),)
        await centre.push()
        await centre.until(lambda: len(centre.reports[account]) > 1, "a report on request")
        assert await asyncio.to_thread(node.stop) == 0
        assert centre.beats[-1].draining


async def test_a_kill_while_submitting_doubles_nothing(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, node):
        accounts = lease(centre, *(paper.trader(f"t{n}", "1000000") for n in range(8)))
        await centre.push()
        await centre.until(lambda: len(centre.reports) == 8, "all probes")
        paper.fault("delay_after_accept", seconds=3.0)
        paper.fault("delay_before_accept", seconds=2.0, probability=0.3, seed=2)
        tasks = [
            order_task(accounts[n % 8], journal_id=centre.journal_id, quantity=str(20 + n))
            for n in range(50)
        ]
        journals = {centre.journal_id}
        for kill in range(3):
            for task in tasks[kill * 15 : kill * 15 + 15]:
                await centre.send(task)
            hellos = len(centre.hellos)
            await centre.until(lambda: node.figure("tasks_submitting") >= 5, "5 submitting")
            node.kill()
            node.start()
            await centre.hello_after(hellos)
            journals.add(centre.journal_id)
        for task in tasks[45:]:
            await centre.send(task)
        ended = await centre.ended(*(task.task_id for task in tasks))
        assert len(journals) == 1
        accepted = accepted_per_task(paper, [task.task_id for task in tasks])
        assert max(accepted.values()) == 1
        for result in ended:
            filled = result.state is OrderState.FILLED
            assert filled is bool(accepted[result.task_id]), result
        assert sum(accepted.values()) >= 0.9 * len(tasks)


async def test_a_kill_switch_stops_openings_and_no_close(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, _):
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        opening = order_task(account, journal_id=centre.journal_id)
        await centre.send(opening)
        await centre.ended(opening.task_id)
        centre.kills = (Kill(scope="account", account_id=account),)
        await centre.push()
        another = order_task(account, journal_id=centre.journal_id)
        close = order_task(account, action=Action.CLOSE, journal_id=centre.journal_id)
        await asyncio.sleep(0.2)
        await centre.send(another)
        (refused,) = await centre.ended(another.task_id)
        assert (refused.state, refused.reason) == (OrderState.NOT_SENT, Refusal.KILL_SWITCH)
        await centre.send(close)
        (closed,) = await centre.ended(close.task_id)
        assert closed.state is OrderState.FILLED


async def test_a_close_survives_a_venue_that_is_away(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, _):
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        opening = order_task(account, journal_id=centre.journal_id)
        await centre.send(opening)
        await centre.ended(opening.task_id)
        await asyncio.to_thread(paper.kill)
        close = order_task(account, action=Action.CLOSE, journal_id=centre.journal_id)
        await centre.send(close)
        await asyncio.sleep(6)
        assert close.task_id not in centre.results
        await asyncio.to_thread(paper.start)
        (closed,) = await centre.ended(close.task_id)
        assert closed.state is OrderState.FILLED


async def test_a_member_without_answered_beats_stops_opening_and_begins_again(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, node):
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        centre.answers = False
        await centre.until(lambda: node.figure("lease_seconds") < 5, "a lease that ends")
        late = order_task(account, journal_id=centre.journal_id)
        await centre.send(late)
        (refused,) = await centre.ended(late.task_id)
        assert (refused.state, refused.reason) == (OrderState.NOT_SENT, Refusal.LEASE_ENDING)
        centre.answers = True
        await centre.until(lambda: node.figure("lease_seconds") > 10, "a new lease")
        opening = order_task(account, journal_id=centre.journal_id)
        await centre.send(opening)
        (opened,) = await centre.ended(opening.task_id)
        assert opened.state is OrderState.FILLED


async def test_a_member_pulls_again_when_the_stream_was_lost_and_made_anew(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, _):
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        for name in (subjects.TASKS, subjects.RESULTS):
            await centre.stream.delete_stream(name)
        await asyncio.sleep(3)
        await streams.ensure_streams(centre.stream)
        await streams.ensure_lanes(centre.stream, TOKEN)
        opening = order_task(account, journal_id=centre.journal_id)
        await centre.send(opening)
        (opened,) = await centre.ended(opening.task_id)
        assert opened.state is OrderState.FILLED


async def test_a_working_order_is_cancelled(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, _):
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        limit = order_task(account, journal_id=centre.journal_id, price="0.9500", quantity="50")
        await centre.send(limit)
        await centre.until(lambda: centre.results.get(limit.task_id), "a working order")
        assert centre.results[limit.task_id][-1].state is OrderState.OPEN
        cancel = CancelTask(
            **limit.model_dump(include=set(CancelTask.model_fields) - {"kind", "task_id"}),
            task_id=task_id(limit.order_id, "cancel"),
            order_task_id=limit.task_id,
        )
        await centre.send(cancel)
        ended = await centre.ended(cancel.task_id, limit.task_id)
        assert [result.state for result in ended] == [OrderState.CANCELLED] * 2
