"""Members come, live, hand back and die; accounts always belong to exactly one of them."""

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from fixtures.fleet_actor import FIRST, NOW, SECOND, Actor, held
from fixtures.fleet_desk import Desk

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.fleet_assign import reassign
from ironbull_app.flows.fleet_epoch import keep_epoch
from ironbull_app.flows.fleet_grant import grant
from ironbull_app.ports.fleet import BeginFleet
from ironbull_kit import seal
from ironbull_messages.fleet import (
    LEASE_SECONDS,
    Credentials,
    GrantRequest,
    HeldAccount,
    grant_info,
)


@pytest.fixture
def begin(database: Database) -> BeginFleet:
    return begin_fleet(database)


async def test_the_first_beat_brings_the_free_accounts(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    account = desk.account("acme")

    assert held(await Actor(begin, FIRST).start()) == {account: 1}


async def test_accounts_spread_over_the_living_members(desk: Desk, begin: BeginFleet) -> None:
    for index, token in enumerate((FIRST, SECOND)):
        desk.member("acme", token, index)
        await Actor(begin, token).start()
    accounts = {desk.account("acme") for _ in range(4)}

    await reassign(begin, "acme", NOW, take_over=False)

    rows = desk.rows("SELECT member_token, count(*) FROM exchange_account GROUP BY 1 ORDER BY 1")
    assert rows == [(FIRST, 2), (SECOND, 2)]
    assert len(accounts) == 4


async def test_a_dead_members_accounts_are_taken_over_under_a_new_epoch(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    account = desk.account("acme")
    await Actor(begin, FIRST).start()
    later = NOW + timedelta(seconds=LEASE_SECONDS + 1)
    second = Actor(begin, SECOND)
    await second.start(later)
    assert desk.rows("SELECT member_token FROM exchange_account") == [(FIRST,)]

    changed = await reassign(begin, "acme", later, take_over=True)

    assert changed == {FIRST, SECOND}
    assert held(await second.beat(later)) == {account: 2}


async def test_a_living_member_keeps_its_accounts(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    account = desk.account("acme")
    first = Actor(begin, FIRST)
    await first.start()
    await Actor(begin, SECOND).start()

    await reassign(begin, "acme", NOW + timedelta(seconds=LEASE_SECONDS - 1), take_over=True)

    assert held(await first.beat()) == {account: 1}


async def test_an_account_that_is_handed_back_moves_at_once(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    account = desk.account("acme")
    first, second = Actor(begin, FIRST), Actor(begin, SECOND)
    await first.start()
    await second.start()

    await first.beat(handed_back=(HeldAccount(account_id=account, epoch=1),), draining=True)

    assert held(await second.beat()) == {account: 2}


async def test_a_hand_back_under_an_old_epoch_changes_nothing(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    account = desk.account("acme")
    first = Actor(begin, FIRST)
    await first.start()

    reply = await first.beat(handed_back=(HeldAccount(account_id=account, epoch=0),))

    assert held(reply) == {account: 1}


async def test_a_member_that_restarts_keeps_its_epochs(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    account = desk.account("acme")
    first = Actor(begin, FIRST)
    await first.start()

    first.restart()

    assert held(await first.hello()) == {account: 1}


async def test_the_old_session_is_refused_once_a_new_one_began(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    first = Actor(begin, FIRST)
    await first.start()
    old = first.session_id
    first.restart()
    await first.hello()
    first.session_id = old

    assert not (await first.beat()).accepted


async def test_a_changed_key_is_refused(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    first = Actor(begin, FIRST)
    await first.start()
    first.private = X25519PrivateKey.generate()

    reply = await first.hello()

    assert not reply.accepted
    assert "key" in reply.why


async def test_an_unknown_member_is_refused(begin: BeginFleet) -> None:
    assert not (await Actor(begin, FIRST).hello()).accepted


async def test_a_foreign_tenants_member_of_equal_token_is_unknown(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.tenant("other")
    desk.member("acme", FIRST)

    assert not (await Actor(begin, FIRST, "other").hello()).accepted


async def test_a_lost_journal_fences_everything_that_was_sent(
    desk: Desk, begin: BeginFleet
) -> None:
    desk.member("acme", FIRST)
    account = desk.account("acme")
    first = Actor(begin, FIRST)
    await first.start()
    desk.order("acme", account)
    desk.order("acme", account, "filled")

    reply = await first.hello(journal_id=uuid4())

    assert held(reply) == {account: 2}
    states = desk.rows("SELECT state FROM orders ORDER BY state")
    assert states == [("filled",), ("unknown",)]


async def test_a_database_that_was_set_back_fences_all_leases(
    desk: Desk, begin: BeginFleet
) -> None:
    """Also those that it has forgotten: epochs and snapshots go on above the lost ones."""
    desk.member("acme", FIRST)
    account = desk.account("acme")
    first = Actor(begin, FIRST)
    await first.start()
    desk.order("acme", account)
    lost = await first.beat()
    desk.run("UPDATE exchange_account SET epoch = 0")
    desk.run("UPDATE platform_state SET control_version = 0, database_epoch = 'another'")

    await keep_epoch(begin)

    found = await first.beat()
    assert lost.control is not None
    assert found.control is not None
    assert held(found)[account] > held(lost)[account]
    assert found.control.version > lost.control.version
    assert desk.rows("SELECT state FROM orders") == [("unknown",)]


async def test_a_database_that_was_set_back_believes_no_claim_of_a_lease_it_has_forgotten(
    desk: Desk, begin: BeginFleet
) -> None:
    """What one member never sent, another may have placed in the time that was lost."""
    desk.member("acme", FIRST)
    account = desk.account("acme")
    first = Actor(begin, FIRST)
    await first.start()
    for state in ("dispatched", "unknown", "open", "filled"):
        desk.order("acme", account, state)
    desk.run("UPDATE orders SET epoch = 1")
    desk.run("UPDATE platform_state SET database_epoch = 'another'")

    await keep_epoch(begin)

    rows = desk.rows(
        """SELECT o.state, o.epoch > 100 AND o.epoch < a.epoch
           FROM orders o JOIN exchange_account a ON a.id = o.account_id ORDER BY o.state"""
    )
    assert rows == [("filled", False), ("open", True), ("unknown", True), ("unknown", True)]


async def test_keys_are_granted_to_the_lease_holder_alone(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    account = desk.account("acme", "the-key", "the-secret")
    first, second = Actor(begin, FIRST), Actor(begin, SECOND)
    await first.start()
    await second.start()
    signing = Ed25519PrivateKey.generate()

    async def ask(actor: Actor, epoch: int) -> int:
        request = GrantRequest(
            token=actor.who.token,
            session_id=actor.session_id,
            accounts=(HeldAccount(account_id=account, epoch=epoch),),
        )
        reply = await grant(begin, desk.keys, signing, actor.who, request)
        for one in reply.grants:
            info = grant_info("acme", actor.who.token, account, epoch)
            sealed = base64.b64decode(one.sealed)
            signature = base64.b64decode(one.signature)
            seal.verify_grant(signing.public_key(), signature, info, sealed)
            plain = seal.open_grant(sealed, actor.private, info)
            assert Credentials.model_validate_json(plain).api_secret == "the-secret"
        return len(reply.grants)

    assert await ask(first, 1) == 1
    assert await ask(first, 0) == 0
    assert await ask(second, 1) == 0


async def test_the_fleet_tells_how_it_is(desk: Desk, begin: BeginFleet) -> None:
    desk.member("acme", FIRST)
    desk.member("acme", SECOND, 1)
    desk.account("acme")
    await Actor(begin, FIRST).hello()

    async with begin() as store:
        before = await store.figures(NOW)
    await Actor(begin, SECOND).start()
    async with begin() as store:
        after = await store.figures(NOW)

    assert (before["members_silent"], before["accounts_free"]) == (2, 1)
    assert (after["members_alive"], after["accounts_free"], after["tasks_open"]) == (1, 0, 0)
