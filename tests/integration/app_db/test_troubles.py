"""What a person should hear of is found, named, and gone when it is mended."""

import pytest
from fixtures.trading_desk import MACHINE, House, TradingDesk, filled, said, signal

from ironbull_app.db.queries import troubles
from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.settle_results import settle_results
from ironbull_app.processes import troubles as show_troubles
from ironbull_messages.words import Action, Leg


@pytest.fixture
async def healthy(database: Database, desk: TradingDesk, house: House) -> Database:
    """Hold one protected position, with everything as it should be."""
    opening = signal(house, Action.OPEN, Leg.LONG, stop_loss="95")
    await accept_signals([said(opening)], Dispatching(database, lambda: MACHINE))
    (task,) = desk.tasks(house)
    await settle_results([said(filled(task, "100"))], Settling(database, lambda: MACHINE))
    desk.rows("UPDATE position SET opened_at = now() - interval '1 minute'")
    return database


async def kinds(database: Database) -> set[str]:
    async with database.platform() as tx:
        return {one.kind for one in await troubles.find(tx)}


def shown(kind: str) -> float:
    return float(show_troubles.FOUND.labels(kind)._value.get())


async def test_a_healthy_platform_shows_no_trouble(healthy: Database) -> None:
    await show_troubles.count(healthy)
    assert {kind: shown(kind) for kind in troubles.KINDS} == dict.fromkeys(troubles.KINDS, 0.0)


async def test_nothing_is_wrong_with_a_healthy_platform(healthy: Database) -> None:
    async with healthy.platform() as tx:
        assert await troubles.find(tx) == []


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        (
            "unknown",
            "UPDATE orders SET state = 'unknown', updated_at = now() - interval '1 minute'",
        ),
        (
            "missing_fills",
            """UPDATE orders SET filled_quantity = filled_quantity + 1,
                updated_at = now() - interval '1 minute'""",
        ),
        ("unprotected", "UPDATE price SET at = now() - interval '1 minute'"),
        ("unprotected", "UPDATE price SET last = 90"),
        ("unprotected", "DELETE FROM price"),
        ("silent_member", "UPDATE member SET lease_until = now() - interval '1 second'"),
        (
            "unserved",
            """UPDATE exchange_account SET member_token = NULL,
                created_at = now() - interval '1 minute'""",
        ),
        (
            "venue_drift",
            """INSERT INTO venue_position SELECT tenant_id, id, 'S', 'LONG', 1, 1, 0, 2, now()
                FROM exchange_account""",
        ),
        (
            "dead_task",
            """INSERT INTO dead_task (consumer, subject, message_id, payload, payload_hash, error)
                VALUES ('settler', 's', 'm', '', '', 'broken')""",
        ),
        ("unsent", "UPDATE outbox SET created_at = now() - interval '1 minute'"),
        ("drift", "UPDATE ledger_account SET balance = balance + 1"),
        ("drift", "UPDATE position SET entered = entered + 1"),
        ("drift", "UPDATE fill SET quantity = quantity + 1"),
    ],
)
async def test_what_is_wrong_is_found(
    healthy: Database, desk: TradingDesk, kind: str, statement: str
) -> None:
    desk.rows("UPDATE orders SET updated_at = now() - interval '1 minute'")

    desk.rows(statement)

    assert kind in await kinds(healthy)
    await show_troubles.count(healthy)
    if kind != "drift":  # sums are recomputed only for who asks
        assert shown(kind) >= 1
