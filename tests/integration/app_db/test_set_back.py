"""A database that was set back plans again what it has forgotten; the node must look first."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from fixtures.trading_desk import MACHINE, START, SYMBOL, House, TradingDesk, filled, said, signal

from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.repositories.sync import begin_sync
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.fleet_epoch import keep_epoch
from ironbull_app.flows.settle_results import settle_results
from ironbull_app.flows.sync_report import record
from ironbull_messages.fleet import AccountReport, SyncReport, VenuePosition
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import Action, Leg, Timeframe

HOUR = timedelta(hours=1)
LATER = timedelta(hours=2)


async def accept(database: Database, house: House, number: int, hour: int = 0) -> None:
    ports = Dispatching(database, lambda: MACHINE)
    await accept_signals([said(signal(house, Action.OPEN, Leg.LONG, hour), number)], ports)


async def set_back(database: Database, desk: TradingDesk) -> None:
    """Forget the signal and all that came of it, as a restored backup does."""
    for table in ("outbox", "task", "fill", "position", "orders", "signal", "inbox"):
        desk.rows(f"DELETE FROM {table}")  # noqa: S608 - names of tables
    desk.rows("UPDATE platform_state SET database_epoch = 'another'")
    await keep_epoch(begin_fleet(database))


async def read(
    database: Database, desk: TradingDesk, house: House, *held: str, after: timedelta = LATER
) -> None:
    """Let the member read the account under its present lease."""
    row = desk.one("SELECT epoch FROM exchange_account")
    positions = tuple(
        VenuePosition(
            symbol=SYMBOL, leg=Leg.LONG, quantity=one, entry_price="100", unrealized_usdt="0"
        )
        for one in held
    )
    now = datetime.now(UTC) + after
    report = AccountReport(
        account_id=house.account,
        epoch=row["epoch"],
        read_at=now,
        wallet_usdt="5000",
        equity_usdt="5000",
        available_usdt="5000",
        positions=positions,
    )
    who = MemberSubject("sync", house.tenant, house.token)
    message = SyncReport(token=house.token, session_id=uuid4(), accounts=(report,))
    assert (await record(begin_sync(database), who, message, now)).accepted


def is_distrusted(desk: TradingDesk) -> bool:
    return desk.one("SELECT distrusted_at FROM exchange_account")["distrusted_at"] is not None


async def test_an_order_made_again_after_a_set_back_is_looked_for_before_it_is_submitted(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, house, 1)
    (forgotten,) = desk.tasks(house)
    await set_back(database, desk)

    await accept(database, house, 2)

    (again,) = desk.tasks(house)
    assert (again.order_id, again.task_id) == (forgotten.order_id, forgotten.task_id)
    assert again.epoch > forgotten.epoch
    assert (forgotten.fresh, again.fresh) == (True, False)


async def test_an_account_found_as_believed_is_trusted_once_no_forgotten_signal_is_valid(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await set_back(database, desk)

    await read(database, desk, house, after=HOUR)
    assert is_distrusted(desk)
    await read(database, desk, house)

    assert not is_distrusted(desk)
    desk.market(as_of=START + HOUR)
    await accept(database, house, 3, hour=1)
    (task,) = desk.tasks(house)
    assert task.fresh


async def test_an_account_with_a_position_that_was_forgotten_stays_distrusted_until_it_is_known(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, house, 1)
    await set_back(database, desk)
    await read(database, desk, house, "2")
    assert is_distrusted(desk)

    await accept(database, house, 2)
    await read(database, desk, house, "2")
    assert is_distrusted(desk)
    (again,) = desk.tasks(house)
    ports = Settling(database, lambda: MACHINE)
    await settle_results([said(filled(again, "100"), 2)], ports)
    await read(database, desk, house, "2")

    assert not is_distrusted(desk)


def test_postgresql_reads_a_timeframe_as_its_duration(desk: TradingDesk) -> None:
    for one in Timeframe:
        assert desk.one("SELECT %s::interval AS read", one.value) == {"read": one.duration}
