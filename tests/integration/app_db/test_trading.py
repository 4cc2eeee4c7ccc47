"""One signal's way through the database: accepted, planned, filled, settled, billed, told."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from fixtures.trading_desk import MACHINE, SYMBOL, House, TradingDesk, filled, said, signal, told

from ironbull_app.db.queries import drift
from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.settle_results import settle_results
from ironbull_messages.result import Result
from ironbull_messages.signal import Signal
from ironbull_messages.words import Action, Leg, OrderState


async def accept(database: Database, *signals: Signal, number: int = 1) -> None:
    ports = Dispatching(database, lambda: MACHINE)
    await accept_signals([said(one, number) for one in signals], ports)


async def settle(database: Database, results: Sequence[Result], number: int = 1) -> None:
    ports = Settling(database, lambda: MACHINE)
    await settle_results([said(one, number) for one in results], ports)


async def nothing_drifts(database: Database) -> bool:
    async with database.platform() as tx:
        return await drift.find(tx) == []


async def test_a_signal_becomes_an_order_and_a_fresh_task(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))

    (task,) = desk.tasks(house)
    assert task.fresh
    assert (task.token, task.journal_id, task.epoch) == (house.token, house.journal_id, 1)
    # 1000 USDT × 1 % × 20, at 100 USDT (C-R15)
    assert task.quantity == Decimal(2)
    assert desk.one("SELECT state FROM orders")["state"] == "dispatched"
    assert desk.one("SELECT subject FROM outbox")["subject"] == f"task.acme.{house.token}.open"


async def test_a_signal_that_comes_again_in_any_way_changes_nothing(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))

    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    await accept(database, signal(house, Action.OPEN, Leg.LONG), number=2)

    for table in ("signal", "orders", "task", "outbox"):
        assert desk.one(f"SELECT count(*) AS n FROM {table}")["n"] == 1  # noqa: S608


async def test_a_refused_subscription_leaves_its_code_and_numbers(
    database: Database, desk: TradingDesk, house: House
) -> None:
    desk.rows("UPDATE member SET lease_until = now() - interval '1 second'")

    await accept(database, signal(house, Action.OPEN, Leg.LONG))

    row = desk.one("SELECT code, subscription_id FROM signal_refusal")
    assert row == {"code": "NODE_OFFLINE", "subscription_id": house.subscription}
    assert desk.tasks(house) == []


async def test_a_round_trip_is_settled_charged_and_shared_once(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    await settle(database, [filled(opening, "100")])
    await accept(database, signal(house, Action.CLOSE, Leg.LONG, 1))
    (closing,) = desk.tasks(house)

    await settle(database, [filled(closing, "110")])

    trade = desk.one("SELECT gross_usdt, fees_usdt, net_usdt, charge, paid_self FROM trade")
    # 2 × (110 − 100) gross, four fees of 0.01, 30 % of the net in 10⁻⁸ USDT
    assert trade["gross_usdt"] == Decimal(20)
    assert trade["net_usdt"] == Decimal("19.96")
    assert trade["charge"] == trade["paid_self"] == 598_800_000
    assert desk.one("SELECT sum(amount) AS n FROM commission")["n"] == 598_800_000
    assert desk.one("SELECT sum(amount) AS n FROM entry")["n"] == 0
    kinds = {str(row["subject"]) for row in desk.rows("SELECT subject FROM outbox")}
    assert {"event.acme.trade-closed", "event.acme.profit-realised"} <= kinds
    assert desk.tasks(house) == []
    assert await nothing_drifts(database)


async def test_a_result_that_comes_again_in_any_way_books_nothing_twice(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    await settle(database, [filled(opening, "100")])
    await accept(database, signal(house, Action.CLOSE, Leg.LONG, 1))
    (closing,) = desk.tasks(house)
    closed = filled(closing, "110")
    await settle(database, [closed])
    before = desk.rows("SELECT * FROM entry ORDER BY account_id, version")

    await settle(database, [closed])
    await settle(database, [closed], number=2)
    await settle(database, [filled(closing, "110", seq=2), filled(opening, "100", seq=2)])

    assert desk.rows("SELECT * FROM entry ORDER BY account_id, version") == before
    assert desk.one("SELECT count(*) AS n FROM fill")["n"] == 4
    assert desk.one("SELECT count(*) AS n FROM trade")["n"] == 1
    assert await nothing_drifts(database)


async def test_a_loss_costs_nothing(database: Database, desk: TradingDesk, house: House) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.SHORT))
    (opening,) = desk.tasks(house)
    await settle(database, [filled(opening, "100")])
    await accept(database, signal(house, Action.CLOSE, Leg.SHORT, 1))
    (closing,) = desk.tasks(house)

    await settle(database, [filled(closing, "110")])

    assert desk.one("SELECT charge, unpaid FROM trade") == {"charge": 0, "unpaid": 0}
    assert desk.rows("SELECT 1 FROM commission") == []
    assert await nothing_drifts(database)


async def test_what_no_card_can_pay_is_shown_and_not_collected(
    database: Database, desk: TradingDesk
) -> None:
    desk.market()
    house = desk.house("poor", "bbbbbbbbbbbbbbbb", points=100_000_000)
    desk.points(house, "points_gift", 50_000_000)
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    await settle(database, [filled(opening, "100")])
    await accept(database, signal(house, Action.CLOSE, Leg.LONG, 1))
    (closing,) = desk.tasks(house)

    await settle(database, [filled(closing, "110")])

    trade = desk.one("SELECT charge, paid_self, paid_gift, unpaid FROM trade")
    assert trade["paid_self"] == 100_000_000
    assert trade["paid_gift"] == 50_000_000
    assert trade["unpaid"] == 448_800_000
    assert desk.one("SELECT sum(amount) AS n FROM commission")["n"] == 100_000_000
    assert await nothing_drifts(database)


async def test_an_opposite_signal_closes_first_and_then_opens(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    await settle(database, [filled(opening, "100")])

    await accept(
        database, signal(house, Action.OPEN, Leg.SHORT, 1), signal(house, Action.CLOSE, Leg.LONG, 1)
    )
    (closing,) = desk.tasks(house)
    assert closing.action is Action.CLOSE
    await settle(database, [filled(closing, "105")])

    (reverse,) = desk.tasks(house)
    assert (reverse.action, reverse.leg, reverse.fresh) == (Action.OPEN, Leg.SHORT, True)


async def test_a_close_of_a_strategys_previous_version_or_feed_still_closes(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    await settle(database, [filled(opening, "100")])
    desk.rows("UPDATE strategy SET version = 'newer', feed = 'binance-live'")

    await accept(
        database, signal(house, Action.CLOSE, Leg.LONG, 1), signal(house, Action.OPEN, Leg.SHORT, 1)
    )

    (closing,) = desk.tasks(house)
    assert closing.action is Action.CLOSE
    refused = desk.one("SELECT action, refusal FROM signal WHERE refusal IS NOT NULL")
    assert refused == {"action": "OPEN", "refusal": "STRATEGY_UNKNOWN"}


async def test_an_opening_that_waited_ends_with_its_failed_predecessor(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    await settle(database, [filled(opening, "100")])
    await accept(
        database, signal(house, Action.CLOSE, Leg.LONG, 1), signal(house, Action.OPEN, Leg.SHORT, 1)
    )
    (closing,) = desk.tasks(house)

    await settle(database, [told(closing, OrderState.REJECTED)])

    row = desk.one("SELECT state, reason FROM orders WHERE leg = 'SHORT'")
    assert row == {"state": "cancelled", "reason": "PREDECESSOR_FAILED"}


async def test_a_claim_of_an_old_epoch_is_not_believed_but_its_trades_are(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    desk.rows("UPDATE orders SET epoch = 2")

    await settle(database, [told(opening, OrderState.NOT_SENT)])
    state = desk.one("SELECT state FROM orders")["state"]
    await settle(database, [filled(opening, "100", seq=2)])

    assert state == "dispatched"
    assert desk.one("SELECT state FROM orders")["state"] == "filled"
    held = desk.one("SELECT entered FROM position WHERE symbol = %s", SYMBOL)
    assert held["entered"] == opening.quantity


async def test_equal_names_of_two_tenants_do_not_meet(
    database: Database, desk: TradingDesk, house: House
) -> None:
    other = desk.house("umbra", "cccccccccccccccc")

    await accept(
        database, signal(house, Action.OPEN, Leg.LONG), signal(other, Action.OPEN, Leg.SHORT)
    )

    (ours,), (theirs,) = desk.tasks(house), desk.tasks(other)
    assert (ours.tenant, ours.leg, ours.token) == ("acme", Leg.LONG, house.token)
    assert (theirs.tenant, theirs.leg, theirs.token) == ("umbra", Leg.SHORT, other.token)


async def test_nobody_speaks_for_another(database: Database, house: House) -> None:
    honest = said(signal(house, Action.OPEN, Leg.LONG))
    forged = type(honest)("signal.umbra.trend", honest.message_id, honest.body)
    ports = Dispatching(database, lambda: MACHINE)

    with pytest.raises(ValueError, match="speaks for acme"):
        await accept_signals([forged], ports)


async def test_a_member_cannot_book_trades_of_another_account_or_symbol(
    database: Database, desk: TradingDesk, house: House
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    honest = filled(opening, "100")
    trades = tuple(one.model_copy(update={"symbol": "ETH-USDT-SWAP"}) for one in honest.trades)

    for forged in (
        honest.model_copy(update={"account_id": house.user}),
        honest.model_copy(update={"trades": trades}),
    ):
        with pytest.raises(ValueError, match="speaks of account"):
            await settle(database, [forged])

    assert desk.rows("SELECT 1 FROM fill") == []
