"""What members read at venues: balances, positions, the first deposit, and drift."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from fixtures.fleet_desk import Desk

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.repositories.sync import begin_sync
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.fleet_assign import reassign
from ironbull_app.flows.sync_ask import ask
from ironbull_app.flows.sync_report import record
from ironbull_app.ports.sync import BeginSync
from ironbull_messages.fleet import AccountReport, SyncReport, VenuePosition
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import Leg

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "a" * 16
WHO = MemberSubject("sync", "acme", TOKEN)


@pytest.fixture
def begin(database: Database) -> BeginSync:
    return begin_sync(database)


@pytest.fixture
async def account(desk: Desk, database: Database) -> ExchangeAccountId:
    desk.member("acme", TOKEN)
    desk.run("UPDATE member SET lease_until = %s", NOW + timedelta(days=1))
    account_id = desk.account("acme")
    await reassign(begin_fleet(database), "acme", NOW, take_over=False)
    return account_id


def reading(
    account: ExchangeAccountId, *positions: VenuePosition, epoch: int = 1, wallet: str = "5000"
) -> SyncReport:
    report = AccountReport(
        account_id=account,
        epoch=epoch,
        read_at=NOW,
        wallet_usdt=wallet,
        equity_usdt="5001",
        available_usdt="4900.5",
        positions=positions,
    )
    return SyncReport(token=TOKEN, session_id=uuid4(), accounts=(report,))


def failure(account: ExchangeAccountId, code: str | None) -> SyncReport:
    report = AccountReport(
        account_id=account, epoch=1, read_at=NOW, failed="refused", venue_code=code
    )
    return SyncReport(token=TOKEN, session_id=uuid4(), accounts=(report,))


def position(quantity: str, leg: Leg = Leg.LONG) -> VenuePosition:
    return VenuePosition(
        symbol="BTC-USDT-SWAP", leg=leg, quantity=quantity, entry_price="1", unrealized_usdt="0"
    )


async def test_the_first_reading_makes_an_account_ready_and_books_its_deposit(
    desk: Desk, begin: BeginSync, account: ExchangeAccountId
) -> None:
    await record(begin, WHO, reading(account), NOW)

    rows = desk.rows("SELECT state, wallet_usdt, available_usdt FROM exchange_account")
    assert rows == [("ready", Decimal(5000), Decimal("4900.5"))]
    balances = desk.rows("SELECT kind, balance FROM ledger_account ORDER BY kind")
    assert balances == [("deposits", -500_000_000_000), ("venue_cash", 500_000_000_000)]


async def test_a_later_reading_books_no_second_deposit(
    desk: Desk, begin: BeginSync, account: ExchangeAccountId
) -> None:
    await record(begin, WHO, reading(account), NOW)
    await record(begin, WHO, reading(account, wallet="6000"), NOW)

    assert desk.rows("SELECT count(*), sum(amount) FROM entry") == [(2, Decimal(0))]


async def test_a_reading_under_an_old_lease_is_left_out(
    desk: Desk, begin: BeginSync, account: ExchangeAccountId
) -> None:
    await record(begin, WHO, reading(account, epoch=0), NOW)

    assert desk.rows("SELECT state, wallet_usdt FROM exchange_account") == [("pending_check", None)]


@pytest.mark.parametrize(("code", "state"), [("-2015", "failed"), (None, "pending_check")])
async def test_only_the_venues_own_word_fails_a_new_account(
    desk: Desk, begin: BeginSync, account: ExchangeAccountId, code: str | None, state: str
) -> None:
    await record(begin, WHO, failure(account, code), NOW)

    assert desk.rows("SELECT state, venue_code FROM exchange_account") == [(state, code)]


async def test_a_failed_reading_never_unreadies_an_account_nor_touches_positions(
    desk: Desk, begin: BeginSync, account: ExchangeAccountId
) -> None:
    """Show C-S2: a failed read never closes positions wrongly."""
    await record(begin, WHO, reading(account, position("2")), NOW)
    await record(begin, WHO, failure(account, "-2015"), NOW)

    assert desk.rows("SELECT state FROM exchange_account") == [("ready",)]
    assert desk.rows("SELECT quantity FROM venue_position") == [(Decimal(2),)]


async def test_a_difference_counts_its_readings_and_is_forgotten_when_gone(
    desk: Desk, begin: BeginSync, account: ExchangeAccountId
) -> None:
    for _ in range(2):
        await record(begin, WHO, reading(account, position("2", Leg.SHORT)), NOW)
    assert desk.rows("SELECT differs FROM venue_position") == [(2,)]

    await record(begin, WHO, reading(account), NOW)

    assert desk.rows("SELECT quantity, differs FROM venue_position") == [(Decimal(0), 0)]


async def test_an_instrument_with_a_moving_order_is_not_compared(
    desk: Desk, begin: BeginSync, account: ExchangeAccountId
) -> None:
    desk.order("acme", account)

    await record(begin, WHO, reading(account, position("2")), NOW)

    assert desk.rows("SELECT differs FROM venue_position") == [(0,)]


async def test_accounts_are_asked_again_once_their_reading_is_old(
    desk: Desk, begin: BeginSync, account: ExchangeAccountId
) -> None:
    await record(begin, WHO, reading(account), NOW)
    assert await ask(begin, NOW + timedelta(seconds=10)) == 0

    assert await ask(begin, NOW + timedelta(seconds=30)) == 1
    assert await ask(begin, NOW + timedelta(seconds=31)) == 0
    assert desk.rows("SELECT sync_wanted_at FROM exchange_account") == [
        (NOW + timedelta(seconds=30),)
    ]
