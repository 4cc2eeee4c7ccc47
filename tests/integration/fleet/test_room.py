"""A member holds no more accounts than a snapshot names; the others wait for a member."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from fixtures.fleet_actor import FIRST, NOW, SECOND, Actor, held
from fixtures.fleet_desk import Desk

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.fleet_assign import choose, reassign
from ironbull_app.ports.fleet import MAX_ACCOUNTS, BeginFleet
from ironbull_messages.fleet import LEASE_SECONDS

OTHER_FEED = "okx-paper"


@pytest.fixture
def begin(database: Database) -> BeginFleet:
    return begin_fleet(database)


def bind(desk: Desk, feed: str, first: int, count: int, holder: str | None = None) -> None:
    """Bind many accounts, with ids in order."""
    desk.account("acme")
    desk.run(
        """INSERT INTO exchange_account (tenant_id, id, user_id, venue, feed, label, state,
               key_version, wrapped_key, sealed, key_hash, member_token)
           SELECT 'acme', lpad(to_hex(n), 32, '0')::uuid, user_id, venue, %s, label, state,
               key_version, wrapped_key, sealed, 'hash ' || n, %s
           FROM exchange_account, generate_series(%s::int, %s::int) n
           WHERE length(key_hash) = 36""",
        *(feed, holder, first, first + count - 1),
    )
    desk.run("DELETE FROM exchange_account WHERE length(key_hash) = 36")


def holders(desk: Desk) -> set[tuple[object, ...]]:
    return set(desk.rows("SELECT member_token, count(*) FROM exchange_account GROUP BY 1"))


async def test_what_no_member_has_room_for_stays_free_until_one_comes(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    bind(desk, "binance-paper", 1, MAX_ACCOUNTS + 2)
    first = Actor(begin, FIRST)
    await first.start()
    for _ in range(2):
        await reassign(begin, "acme", NOW, take_over=True)
    assert holders(desk) == {(FIRST, MAX_ACCOUNTS), (None, 2)}

    later = await Actor(begin, SECOND).start()

    assert len(held(await first.beat())) == MAX_ACCOUNTS
    assert len(held(later)) == 2


async def test_accounts_of_a_feed_without_room_do_not_starve_another_feeds(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    bind(desk, OTHER_FEED, 1, MAX_ACCOUNTS)
    bind(desk, "binance-paper", MAX_ACCOUNTS + 1, 1)

    reply = await Actor(begin, FIRST).start()

    assert held(reply) == {UUID(int=MAX_ACCOUNTS + 1): 1}


async def test_a_dead_members_accounts_stay_its_own_while_nobody_has_room(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    bind(desk, "binance-paper", 1, MAX_ACCOUNTS, holder=SECOND)
    bind(desk, "binance-paper", MAX_ACCOUNTS + 1, 3)
    await Actor(begin, FIRST).start()
    await Actor(begin, SECOND).start(NOW + timedelta(seconds=LEASE_SECONDS))
    later = NOW + timedelta(seconds=LEASE_SECONDS + 1)

    await reassign(begin, "acme", later, take_over=True)

    assert holders(desk) == {(FIRST, 3), (SECOND, MAX_ACCOUNTS)}


async def test_an_unbound_account_takes_no_room(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    bind(desk, "binance-paper", 1, MAX_ACCOUNTS, holder=FIRST)
    desk.run("UPDATE exchange_account SET state = 'unbound' WHERE id = %s", UUID(int=1))
    account = desk.account("acme")

    reply = await Actor(begin, FIRST).start()

    assert account in held(reply)


async def test_leases_that_begin_at_once_see_the_room_that_the_other_leaves(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    bind(desk, "binance-paper", 1, MAX_ACCOUNTS - 1, holder=FIRST)
    bind(desk, "binance-paper", MAX_ACCOUNTS, 1, holder=SECOND)
    await Actor(begin, FIRST).start()
    async with begin() as store:
        dead = await store.free_accounts("acme", NOW, take_over=True)
        candidates = await store.candidates("acme", NOW)
        bind(desk, "binance-paper", MAX_ACCOUNTS + 1, 1)
        other = asyncio.create_task(reassign(begin, "acme", NOW, take_over=False))
        await ends_or_waits(desk, other)
        await store.assign("acme", choose(dead, candidates), NOW)
    await other

    assert holders(desk) == {(FIRST, MAX_ACCOUNTS), (None, 1)}


async def ends_or_waits(desk: Desk, work: "asyncio.Task[object]") -> None:
    """Return when the work is done or waits for a lock of another transaction."""
    waiting = """SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    for _ in range(600):
        found = await asyncio.to_thread(desk.rows, waiting)
        if work.done() or found:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("neither done nor waiting")
