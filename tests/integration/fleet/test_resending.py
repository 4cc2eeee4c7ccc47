"""What nobody answers is sent again, to today's holder and never fresh."""

from datetime import timedelta

import pytest
from fixtures.fleet_actor import FIRST, NOW, SECOND, Actor
from fixtures.fleet_desk import Desk
from fixtures.fleet_tasks import sent_task

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.fleet_assign import reassign
from ironbull_app.flows.fleet_sweep import sweep
from ironbull_app.ports.fleet import BeginFleet
from ironbull_messages.fleet import (
    LEASE_SECONDS,
)
from ironbull_messages.task import parse_task


@pytest.fixture
def begin(database: Database) -> BeginFleet:
    return begin_fleet(database)


async def test_a_task_nobody_answers_is_sent_again_to_todays_holder_and_never_fresh(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    account = desk.account("acme")
    first, second = Actor(begin, FIRST), Actor(begin, SECOND)
    await first.start()
    sent_task(desk, account, first.journal_id)
    assert await sweep(begin, NOW + timedelta(seconds=5)) == 0
    later = NOW + timedelta(seconds=LEASE_SECONDS + 1)
    await second.start(later)
    await reassign(begin, "acme", later, take_over=True)

    assert await sweep(begin, later) == 1

    ((subject, body),) = desk.rows("SELECT subject, body FROM outbox")
    sent = parse_task(bytes(body))  # type: ignore[call-overload]  # a row of a test
    assert subject == f"task.acme.{SECOND}.open"
    assert (sent.token, sent.epoch, sent.fresh, sent.send_number) == (SECOND, 2, False, 2)
    assert sent.journal_id == second.journal_id
    assert desk.rows("SELECT epoch FROM orders") == [(2,)]


async def test_a_restart_makes_what_the_ended_session_was_given_due_at_once(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    account = desk.account("acme")
    first = Actor(begin, FIRST)
    await first.start()
    sent_task(desk, account, first.journal_id)
    first.restart()

    await first.start()

    assert await sweep(begin, NOW) == 1


async def test_a_suspended_tenants_members_hear_the_kill_switch(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    first = Actor(begin, FIRST)
    await first.start()
    desk.run("UPDATE tenant SET is_active = false")

    reply = await first.beat()

    assert reply.control is not None
    assert [kill.scope for kill in reply.control.kills] == ["tenant"]
