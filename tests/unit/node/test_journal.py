"""What a node remembers over a crash."""

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from unit.node.test_life import fresh, signed, task

from ironbull_messages.refusals import Refusal
from ironbull_node import life as lives
from ironbull_node.journal import KEEP_SECONDS, Journal, JournalError


def another() -> lives.Life:
    return fresh().model_copy(update={"task": task().model_copy(update={"task_id": uuid4()})})


async def test_a_task_is_kept_once_and_its_id_outlives_the_process(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    assert await journal.receive(fresh()) is None
    await journal.save(signed())
    await journal.close()
    again = Journal(tmp_path / "journal.sqlite")
    assert again.journal_id == journal.journal_id
    known = await again.receive(fresh())
    assert known is not None
    assert known.phase is lives.Phase.SUBMITTING
    assert await again.open_lives() == [known]
    await again.close()


async def test_results_are_numbered_over_restarts(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    life = another()
    await journal.receive(life)
    assert (await journal.tell(life)).seq == 1
    assert (await journal.tell(life)).seq == 2
    again = await journal.tell_again(life.task.task_id)
    assert again is not None
    assert again.seq == 3
    assert [row.seq for row in await journal.untold()] == [3]
    await journal.told(life.task.task_id, 3)
    assert await journal.untold() == []
    await journal.close()


async def test_many_at_once_are_all_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    many = [another() for _ in range(200)]
    await asyncio.gather(*(journal.receive(life) for life in many))
    assert len(await journal.open_lives()) == 200
    await journal.close()


async def test_one_bad_job_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    good, unknown = another(), another()
    outcomes = await asyncio.gather(
        journal.receive(good), journal.save(unknown), return_exceptions=True
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], JournalError)
    assert await journal.find(good.task.task_id) == good
    await journal.close()


async def test_rows_go_long_after_the_centre_confirmed_them(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    done, working = another(), another()
    for life in (done, working):
        await journal.receive(life)
    ended = lives.give_up(done, Refusal.TASK_EXPIRED)
    await journal.save(ended)
    await journal.confirm([done.task.task_id, working.task.task_id], now=1_000.0)
    assert await journal.forget(now=1_000.0 + KEEP_SECONDS) == 0
    assert await journal.forget(now=1_001.0 + KEEP_SECONDS) == 1
    assert await journal.find(working.task.task_id) is not None
    await journal.close()


async def test_a_second_process_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    with pytest.raises(JournalError, match="another process"):
        Journal(tmp_path / "journal.sqlite")
    await journal.close()


async def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    await journal.close()
    connection = sqlite3.connect(tmp_path / "journal.sqlite")
    connection.execute("UPDATE meta SET schema = 99")
    connection.commit()
    connection.close()
    with pytest.raises(JournalError, match="newer version"):
        Journal(tmp_path / "journal.sqlite")


async def test_what_was_signed_is_read_back_exactly(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    life = lives.sign(another(), 1_700_000_000_123, 3_000, Decimal("0.001"))
    await journal.receive(life)
    assert await journal.find(life.task.task_id) == life
    await journal.close()
