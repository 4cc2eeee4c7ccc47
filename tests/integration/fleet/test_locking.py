"""The fleet locks accounts in id order, as everybody does, so that nobody waits in a circle."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import psycopg
import pytest
from fixtures.fleet_actor import FIRST, NOW, Actor
from fixtures.fleet_desk import Desk
from fixtures.fleet_tasks import sent_task

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.unit_of_work import Database
from ironbull_app.ports.fleet import BeginFleet, FleetStore
from ironbull_messages.fleet import HeldAccount
from ironbull_messages.ids import ExchangeAccountId

WAIT_ROUNDS = 600
LOCK = "SELECT 1 FROM exchange_account WHERE id = %s FOR NO KEY UPDATE"
Work = Callable[[FleetStore, Actor, list[ExchangeAccountId]], Awaitable[None]]


@pytest.fixture
def begin(database: Database) -> BeginFleet:
    return begin_fleet(database)


async def hand_back(store: FleetStore, actor: Actor, accounts: list[ExchangeAccountId]) -> None:
    await store.hand_back(
        actor.who, [HeldAccount(account_id=one, epoch=1) for one in reversed(accounts)]
    )


async def distrust(store: FleetStore, actor: Actor, _: list[ExchangeAccountId]) -> None:
    await store.distrust(actor.who)


async def distrust_all(store: FleetStore, *_: object) -> None:
    await store.distrust_all()


async def unheard(store: FleetStore, actor: Actor, accounts: list[ExchangeAccountId]) -> None:
    found = await store.unheard(NOW + timedelta(seconds=11), len(accounts))
    assert {one.task.account_id for one in found} == set(accounts)
    assert {one.token for one in found} == {actor.who.token}


@pytest.mark.parametrize("work", [hand_back, distrust, distrust_all, unheard])
async def test_whoever_locks_accounts_in_order_never_deadlocks_with_the_fleet(
    desk: Desk, begin: BeginFleet, work: Work
) -> None:
    desk.member("acme", FIRST)
    accounts = sorted(desk.account("acme") for _ in range(2))
    actor = Actor(begin, FIRST)
    await actor.start()
    for account in accounts:
        sent_task(desk, account, actor.journal_id)
    _store_last_first(desk, accounts)

    async def whole() -> None:
        async with begin() as store:
            await work(store, actor, accounts)

    with psycopg.connect(desk.dsn) as other:
        other.execute(LOCK, (accounts[0],))
        fleet = asyncio.create_task(whole())
        await _waits(desk)
        await asyncio.to_thread(other.execute, LOCK, (accounts[1],))
        other.commit()
        await fleet


def _store_last_first(desk: Desk, accounts: list[ExchangeAccountId]) -> None:
    """Rewrite the rows so that a scan, which a small table gets, meets the greatest id first."""
    for account in reversed(accounts):
        desk.run("UPDATE exchange_account SET label = 'moved' WHERE id = %s", account)
    desk.run("ANALYZE exchange_account")


async def _waits(desk: Desk) -> None:
    waiting = """SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    for _ in range(WAIT_ROUNDS):
        found = await asyncio.to_thread(desk.rows, waiting)
        if found:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the fleet does not wait")
