"""What nobody answers is sent again, to today's holder and never fresh."""

from datetime import timedelta
from uuid import UUID

import pytest
from fixtures.fleet_actor import FIRST, NOW, SECOND, Actor
from fixtures.fleet_desk import Desk

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.fleet_assign import reassign
from ironbull_app.flows.fleet_sweep import sweep
from ironbull_app.ports.fleet import BeginFleet
from ironbull_messages.fleet import (
    LEASE_SECONDS,
)
from ironbull_messages.ids import ExchangeAccountId, OrderId, task_id
from ironbull_messages.task import OrderTask, parse_task
from ironbull_messages.words import Action, Leg, OrderType, Side


@pytest.fixture
def begin(database: Database) -> BeginFleet:
    return begin_fleet(database)


def _task(order_id: OrderId, account: ExchangeAccountId, journal_id: UUID) -> OrderTask:
    return OrderTask(
        task_id=task_id(order_id, "order"),
        order_id=order_id,
        tenant="acme",
        token=FIRST,
        account_id=account,
        epoch=1,
        journal_id=journal_id,
        fresh=True,
        send_number=1,
        control_version=1,
        symbol="BTC-USDT-SWAP",
        created_at=NOW,
        as_of=NOW,
        action=Action.OPEN,
        leg=Leg.LONG,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        quantity="1",
        reduce_only=False,
        leverage=5,
        valid_until=NOW + timedelta(seconds=60),
    )


async def test_a_task_nobody_answers_is_sent_again_to_todays_holder_and_never_fresh(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    account = desk.account("acme")
    first, second = Actor(begin, FIRST), Actor(begin, SECOND)
    await first.start()
    order_id = OrderId(desk.order("acme", account))
    task = _task(order_id, account, first.journal_id)
    desk.run(
        """INSERT INTO task (tenant_id, id, order_id, kind, lane, account_id, token, epoch,
               send_number, body, last_sent_at)
           VALUES ('acme', %s, %s, 'order', 'open', %s, %s, 1, 1, %s, %s)""",
        *(task.task_id, order_id, account, FIRST, task.to_bytes().decode(), NOW),
    )
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
    order_id = OrderId(desk.order("acme", account))
    task = _task(order_id, account, first.journal_id)
    desk.run(
        """INSERT INTO task (tenant_id, id, order_id, kind, lane, account_id, token, epoch,
               send_number, body, last_sent_at)
           VALUES ('acme', %s, %s, 'order', 'open', %s, %s, 1, 1, %s, %s)""",
        *(task.task_id, order_id, account, FIRST, task.to_bytes().decode(), NOW),
    )
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
