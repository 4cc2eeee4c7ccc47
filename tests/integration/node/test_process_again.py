"""A member that is asked again, starts again or lost something sends nothing twice."""

import asyncio
from pathlib import Path

from fixtures.nats_authority import Authority
from fixtures.node_bench import order_task
from fixtures.node_centre import lease, running_node, tiny_centre
from fixtures.node_member import member
from fixtures.paper_process import PaperProcess

from ironbull_messages.refusals import Refusal
from ironbull_messages.words import OrderState


async def test_asked_results_are_told_again_under_a_new_number(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, _):
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        opening = order_task(account, journal_id=centre.journal_id)
        await centre.send(opening)
        (first,) = await centre.ended(opening.task_id)
        centre.asked = (opening.task_id,)
        await centre.push()
        await centre.until(lambda: centre.results[opening.task_id][-1].seq > first.seq, "again")
        assert centre.results[opening.task_id][-1].trades == first.trades


async def test_a_filled_task_under_a_newer_lease_is_answered_and_not_sent(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, _):
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        opening = order_task(account, journal_id=centre.journal_id)
        await centre.send(opening)
        (first,) = await centre.ended(opening.task_id)
        centre.epoch += 1
        await centre.push()
        newer = {"epoch": centre.epoch, "fresh": False, "send_number": 2}
        await centre.send(opening.model_copy(update=newer))
        await centre.until(lambda: centre.results[opening.task_id][-1].seq > first.seq, "again")
        last = centre.results[opening.task_id][-1]
        assert (last.state, last.epoch) == (OrderState.FILLED, centre.epoch)
        assert len(paper.of_kind("order")) == 1


async def test_an_unsent_task_under_a_newer_lease_is_sent_once(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, _):
        (account,) = lease(centre, paper.trader("one"))
        centre.epoch += 1
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        stale = order_task(account, journal_id=centre.journal_id)
        await centre.send(stale)
        (refused,) = await centre.ended(stale.task_id)
        assert (refused.state, refused.reason) == (OrderState.NOT_SENT, Refusal.EPOCH_STALE)
        newer = {"epoch": centre.epoch, "fresh": False, "send_number": 2}
        await centre.send(stale.model_copy(update=newer))
        await centre.until(
            lambda: centre.results[stale.task_id][-1].state is OrderState.FILLED, "the fill"
        )
        assert len(paper.of_kind("order")) == 1


async def test_a_member_that_lost_its_journal_sends_nothing_twice(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, node):
        accounts = lease(centre, *(paper.trader(f"t{n}", "1000000") for n in range(5)))
        await centre.push()
        await centre.until(lambda: len(centre.reports) == 5, "all probes")
        tasks = [
            order_task(accounts[n % 5], journal_id=centre.journal_id, quantity=str(20 + n))
            for n in range(20)
        ]
        for task in tasks:
            await centre.send(task)
        await centre.ended(*(task.task_id for task in tasks))
        node.kill()
        for file in (node.folder / "state").glob("journal.*"):
            file.unlink()
        centre.results.clear()
        hellos = len(centre.hellos)
        node.start()
        await centre.hello_after(hellos)
        assert centre.journal_id != tasks[0].journal_id
        for task in tasks:
            await centre.send(task)
        ended = await centre.ended(*(task.task_id for task in tasks))
        assert all(result.state is OrderState.FILLED for result in ended)
        assert len(paper.of_kind("order")) == len(tasks)


async def test_an_unreadable_task_is_told_and_never_comes_again(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, _):
        (account,) = lease(centre, paper.trader("one"))
        task = order_task(account, journal_id=centre.journal_id)
        body = task.to_bytes().replace(b'"action":"OPEN"', b'"action":"DANCE"')
        await centre.stream.publish(f"task.{task.tenant}.{task.token}.open", body)
        await centre.until(lambda: centre.results.get(task.task_id), "the answer")
        assert centre.results[task.task_id][0].kind == "unprocessable"


async def test_a_refused_session_ends_the_process(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with tiny_centre(authority) as centre:
        centre.refuses = "another key is registered"
        async with running_node(tmp_path / "node", authority, paper, centre) as node:
            assert node.process is not None
            assert await asyncio.to_thread(node.process.wait, 60) == 3
            assert "another key is registered" in node.log


async def test_no_key_of_an_exchange_is_on_disk_or_in_the_log(
    tmp_path: Path, authority: Authority, paper: PaperProcess
) -> None:
    async with member(tmp_path, authority, paper) as (centre, node):
        trader = paper.trader("one")
        (account,) = lease(centre, trader)
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        opening = order_task(account, journal_id=centre.journal_id)
        await centre.send(opening)
        await centre.ended(opening.task_id)
        for file in node.folder.rglob("*"):
            if file.is_file():
                held = file.read_bytes()
                assert trader.secret.encode() not in held, file
                assert trader.api_key.encode() not in held, file
