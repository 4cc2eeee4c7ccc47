"""The ledger under many hands: nothing lost, nothing twice, no floor broken, no drift."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from fixtures.trading_desk import TradingDesk

from ironbull_app.db.queries import drift
from ironbull_app.db.repositories import ledger
from ironbull_app.db.unit_of_work import Database, retried
from ironbull_core import points
from ironbull_core.ledger import AccountRef, LedgerKind, Leg, Request, TxnKind, Verdict
from ironbull_messages.ids import UserId
from ironbull_messages.words import PointKind

TENANT = "acme"
NOW = datetime.now(UTC)
USERS = [UserId(UUID(int=number)) for number in range(1, 6)]


async def post(database: Database, requests: Sequence[Request]) -> list[Verdict]:
    async def once() -> list[Verdict]:
        async with database.platform() as tx:
            accounts = [leg.account for request in requests for leg in request.legs]
            book = await ledger.open_book(tx, accounts, [request.id for request in requests])
            verdicts = [book.post(request) for request in requests]
            await ledger.write(tx, book, NOW)
            return verdicts

    return await retried(once)


async def differences(database: Database) -> list[drift.Drift]:
    async with database.platform() as tx:
        return await drift.find(tx)


@pytest.fixture
def stocked(desk: TradingDesk, database: Database) -> Database:
    desk.house(TENANT, "a" * 16, points=0)
    return database


async def stock_up(database: Database, minor: int) -> None:
    (verdict,) = await post(database, [points.stock_up(TENANT, PointKind.SELF, minor, "first")])
    assert verdict is Verdict.POSTED


async def test_of_many_at_once_exactly_those_that_the_stock_covers_are_posted(
    stocked: Database, desk: TradingDesk
) -> None:
    await stock_up(stocked, 100)
    wanted = [
        points.recharge(TENANT, USERS[number % 5], PointKind.SELF, 10, f"r{number}")
        for number in range(25)
    ]

    verdicts = await asyncio.gather(*(post(stocked, [request]) for request in wanted))

    assert Counter(verdict for (verdict,) in verdicts) == {
        Verdict.POSTED: 10,
        Verdict.INSUFFICIENT: 15,
    }
    assert desk.one("SELECT balance FROM ledger_account WHERE kind = 'stock_self'")["balance"] == 0
    assert await differences(stocked) == []


async def test_one_cause_moves_money_once_however_many_ask(
    stocked: Database, desk: TradingDesk
) -> None:
    await stock_up(stocked, 100)
    request = points.recharge(TENANT, USERS[0], PointKind.SELF, 10, "same")
    other = points.recharge(TENANT, USERS[0], PointKind.SELF, 11, "same")

    verdicts = await asyncio.gather(*(post(stocked, [request]) for _ in range(10)))

    assert Counter(verdict for (verdict,) in verdicts) == {Verdict.POSTED: 1, Verdict.EXISTS: 9}
    assert await post(stocked, [other]) == [Verdict.MISMATCH]
    row = desk.one("SELECT balance FROM ledger_account WHERE kind = 'stock_self'")
    assert row["balance"] == 90


async def test_random_batches_from_all_sides_leave_no_drift(
    stocked: Database, desk: TradingDesk
) -> None:
    await stock_up(stocked, 10_000)
    chance = random.Random(1)  # noqa: S311 - a seeded order, nothing secret

    async def hand(number: int) -> None:
        for turn in range(5):
            batch = [
                Request(TENANT, TxnKind.RECHARGE, f"{number}/{turn}/{item}", _legs(chance))
                for item in range(4)
            ]
            await post(stocked, batch)

    await asyncio.gather(*(hand(number) for number in range(6)))

    assert await differences(stocked) == []
    assert desk.one("SELECT sum(amount) AS n FROM entry")["n"] == 0
    assert desk.rows("SELECT 1 FROM ledger_account WHERE balance < floor") == []


def _legs(chance: random.Random) -> tuple[Leg, ...]:
    stock = AccountRef(TENANT, LedgerKind.STOCK_SELF)
    one, two = chance.sample(USERS, 2)
    amounts = chance.randint(-300, 400), chance.randint(-300, 400)
    return (
        Leg(stock, -sum(amounts)),
        Leg(points.held(TENANT, one, PointKind.SELF), amounts[0]),
        Leg(points.held(TENANT, two, PointKind.SELF), amounts[1]),
    )


async def test_a_lost_update_cannot_commit(stocked: Database, desk: TradingDesk) -> None:
    await stock_up(stocked, 100)

    with pytest.raises(psycopg.errors.UniqueViolation):
        desk.rows(
            """INSERT INTO entry (tenant_id, account_id, version, txn_id, amount, balance_after,
                booked_at)
            SELECT tenant_id, account_id, version, txn_id, 5, 5, now() FROM entry LIMIT 1"""
        )


@pytest.mark.parametrize(
    ("check", "statement"),
    [
        ("balance", "UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'stock_self'"),
        ("balance", "UPDATE ledger_account SET version = version + 1 WHERE kind = 'stock_self'"),
        ("transaction", "UPDATE entry SET amount = amount + 1 WHERE amount > 0"),
        ("entry", "UPDATE entry SET balance_after = balance_after + 1 WHERE amount > 0"),
        ("transaction", "DELETE FROM entry WHERE amount > 0"),
    ],
)
async def test_what_somebody_altered_is_named(
    stocked: Database, desk: TradingDesk, check: str, statement: str
) -> None:
    await stock_up(stocked, 100)
    assert await differences(stocked) == []

    desk.rows(statement)

    assert check in {one.check for one in await differences(stocked)}
