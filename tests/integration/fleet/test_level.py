"""A member that joins gets accounts of those that hold many, but never one in use."""

import asyncio
from uuid import UUID

import psycopg
import pytest
from fixtures.fleet_actor import FIRST, NOW, SECOND, Actor, held
from fixtures.fleet_desk import Desk

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.fleet_level import level
from ironbull_app.ports.fleet import BeginFleet
from ironbull_messages.ids import ExchangeAccountId

ACCOUNTS = 4


@pytest.fixture
def begin(database: Database) -> BeginFleet:
    return begin_fleet(database)


@pytest.fixture
async def accounts(desk: Desk, begin: BeginFleet) -> list[ExchangeAccountId]:
    """Let the first member hold all accounts, and the second join then."""
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    accounts = sorted(desk.account("acme") for _ in range(ACCOUNTS))
    await Actor(begin, FIRST).start()
    await Actor(begin, SECOND).start()
    return accounts


def of_second(desk: Desk) -> list[tuple[object, ...]]:
    query = "SELECT id, epoch FROM exchange_account WHERE member_token = %s ORDER BY id"
    return desk.rows(query, SECOND)


async def test_a_member_that_joins_gets_half_under_new_epochs(
    desk: Desk, begin: BeginFleet, accounts: list[ExchangeAccountId]
) -> None:
    changed = await level(begin, "acme", NOW)

    assert changed == {FIRST, SECOND}
    assert of_second(desk) == [(accounts[0], 2), (accounts[1], 2)]
    assert await level(begin, "acme", NOW) == frozenset()


async def test_an_account_with_an_open_order_or_task_stays(
    desk: Desk, begin: BeginFleet, accounts: list[ExchangeAccountId]
) -> None:
    for account, state in zip(accounts, ("unknown", "filled", "planned"), strict=False):
        desk.order("acme", account, state)
    _task_of_filled(desk, accounts[1])

    await level(begin, "acme", NOW)

    assert of_second(desk) == [(accounts[3], 2)]


async def test_an_account_whose_orders_have_ended_moves(
    desk: Desk, begin: BeginFleet, accounts: list[ExchangeAccountId]
) -> None:
    for account in accounts:
        desk.order("acme", account, "filled")

    await level(begin, "acme", NOW)

    assert len(of_second(desk)) == 2


async def test_an_account_that_a_plan_has_locked_stays(
    desk: Desk, begin: BeginFleet, accounts: list[ExchangeAccountId]
) -> None:
    """Whoever plans an order holds its account's lock, so that no move overtakes the order."""
    with psycopg.connect(desk.dsn) as planner:
        lock = "SELECT 1 FROM exchange_account WHERE id = %s FOR NO KEY UPDATE"
        await asyncio.to_thread(planner.execute, lock, (accounts[0],))

        await level(begin, "acme", NOW)

    assert of_second(desk) == [(accounts[1], 2), (accounts[2], 2)]


async def test_a_silent_or_draining_member_gets_nothing(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    for _ in range(ACCOUNTS):
        desk.account("acme")
    first, second = Actor(begin, FIRST), Actor(begin, SECOND)
    await first.start()

    assert await level(begin, "acme", NOW) == frozenset()
    await second.start()
    await second.beat(draining=True)

    assert await level(begin, "acme", NOW) == frozenset()
    assert len(held(await first.beat())) == ACCOUNTS


def _task_of_filled(desk: Desk, account: UUID) -> None:
    """Leave a task unanswered: the venue's word came, its trades did not."""
    desk.run(
        """INSERT INTO task (tenant_id, id, order_id, kind, lane, account_id, token, epoch,
               send_number, body)
           SELECT 'acme', gen_random_uuid(), id, 'order', 'open', account_id, %s, 1, 1, '{}'
           FROM orders WHERE account_id = %s""",
        *(FIRST, account),
    )
