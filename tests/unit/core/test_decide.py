"""What becomes of a signal: admit, size, risk, plan; a close is never held back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from unit.core.deciding import (
    ACCOUNT,
    CLOSE,
    FILTERS,
    FOLLOWER,
    HELD,
    MARKET,
    MINE,
    NOW,
    OTHER,
    SIGNAL,
    STRATEGY,
    SYMBOL,
)

from ironbull_core.facts import (
    Candidate,
    Decision,
    LiveOrder,
    Market,
    SignalFacts,
    StrategyFacts,
)
from ironbull_core.money_path import decide
from ironbull_messages.ids import (
    OrderId,
    SubscriptionId,
)
from ironbull_messages.resources import Risk
from ironbull_messages.words import Action, Leg, OrderState, Side

CLOSED = replace(FOLLOWER, subscription=replace(FOLLOWER.subscription, is_open=False))


def run(
    candidate: Candidate = FOLLOWER,
    signal: SignalFacts = SIGNAL,
    strategy: StrategyFacts = STRATEGY,
    market: Market = MARKET,
    *,
    active: bool = True,
) -> Decision:
    return decide(signal, strategy, [candidate], market, tenant_is_active=active)


def live(action: Action, state: OrderState, owner: SubscriptionId = MINE) -> LiveOrder:
    return LiveOrder(OrderId(UUID(int=3)), owner, action, Leg.LONG, state, NOW)


def account(**changed: object) -> Candidate:
    return replace(FOLLOWER, account=replace(ACCOUNT, **changed))  # type: ignore[arg-type]  # a test's shorthand


def test_an_admitted_signal_becomes_one_order_of_derived_id() -> None:
    (planned,) = run().planned

    assert (planned.side, planned.quantity, planned.leverage) == (Side.BUY, Decimal(2), 20)
    assert run().planned == (planned,)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"signal": replace(SIGNAL, valid_until=NOW - timedelta(seconds=1))}, "SIGNAL_EXPIRED"),
        ({"signal": replace(SIGNAL, confidence=49)}, "LOW_CONFIDENCE"),
        ({"market": Market(None, None, NOW)}, "SYMBOL_UNKNOWN"),
        ({"strategy": replace(STRATEGY, symbols=frozenset())}, "SYMBOL_UNKNOWN"),
        ({"strategy": replace(STRATEGY, is_running=False)}, "STRATEGY_NOT_RUNNING"),
        ({"active": False}, "TENANT_SUSPENDED"),
        (
            {"strategy": replace(STRATEGY, risk=Risk(cool_down_seconds=60), last_opened_at=NOW)},
            "COOL_DOWN",
        ),
    ],
)
def test_a_whole_signal_is_refused_with_its_code(changed: dict[str, object], code: str) -> None:
    decision = run(**changed)  # type: ignore[arg-type]  # a test's shorthand

    assert decision.refusal is not None
    assert (decision.refusal.code, decision.planned) == (code, ())


@pytest.mark.parametrize(
    ("candidate", "code"),
    [
        (CLOSED, "SUBSCRIPTION_CLOSED"),
        (replace(FOLLOWER, user_is_active=False), "USER_DISABLED"),
        (account(is_ready=False), "ACCOUNT_NOT_READY"),
        (account(is_assigned=False), "ACCOUNT_UNASSIGNED"),
        (account(is_online=False), "NODE_OFFLINE"),
        (replace(FOLLOWER, points_minor=0), "NO_POINTS"),
        (replace(FOLLOWER, position=replace(HELD, subscription_id=OTHER)), "POSITION_OWNED"),
        (replace(FOLLOWER, position=HELD), "SAME_SIDE_POSITION"),
        (replace(FOLLOWER, live=(live(Action.OPEN, OrderState.UNKNOWN),)), "ORDER_UNKNOWN"),
        (replace(FOLLOWER, live=(live(Action.OPEN, OrderState.DISPATCHED),)), "ORDER_IN_FLIGHT"),
        (replace(FOLLOWER, live=(live(Action.OPEN, OrderState.OPEN, OTHER),)), "POSITION_OWNED"),
        (account(available_usdt=Decimal(50)), "MIN_BALANCE"),
        (account(positions=10), "MAX_POSITIONS"),
        (account(opened_today=100), "DAILY_TRADE_LIMIT"),
        (account(opened_this_week=500), "WEEKLY_TRADE_LIMIT"),
        (account(lost_today_usdt=Decimal(1_000)), "DAILY_LOSS_LIMIT"),
        (account(losses_in_a_row=5, last_loss_at=NOW), "CONSECUTIVE_LOSSES"),
        (account(last_opened_at=NOW), "TRADE_COOL_DOWN"),
    ],
)  # fmt: skip
def test_a_follower_is_refused_with_its_code(candidate: Candidate, code: str) -> None:
    """C-R1 … C-R10, C-R14, C-R18, C-M5."""
    decision = run(candidate)

    assert ([one.code for one in decision.refused], decision.planned) == ([code], ())


@pytest.mark.parametrize(
    ("risk", "code"),
    [
        (Risk(max_position_value_usdt=Decimal("199.99")), "MAX_POSITION_VALUE"),
        (Risk(allowed_symbols=("ETH-USDT-SWAP",)), "SYMBOL_NOT_ALLOWED"),
        (Risk(blocked_symbols=(SYMBOL,)), "SYMBOL_BLOCKED"),
    ],
)
def test_a_strategys_limit_refuses_with_its_code(risk: Risk, code: str) -> None:
    assert [one.code for one in run(strategy=replace(STRATEGY, risk=risk)).refused] == [code]


def test_without_a_fresh_price_nothing_opens() -> None:
    assert [one.code for one in run(market=Market(FILTERS, None, NOW)).refused] == ["STALE_PRICE"]


def test_nothing_a_person_owes_and_no_limit_holds_a_close_back() -> None:
    burdened = replace(
        account(is_ready=False, is_online=False, available_usdt=Decimal(0), positions=99),
        points_minor=0,
        user_is_active=False,
        subscription=replace(FOLLOWER.subscription, is_open=False),
        position=HELD,
    )
    late = replace(CLOSE, valid_until=NOW - timedelta(days=1))

    (planned,) = run(
        burdened, late, replace(STRATEGY, is_running=False), Market(None, None, NOW), active=False
    ).planned
    assert (planned.action, planned.side, planned.quantity) == (Action.CLOSE, Side.SELL, Decimal(2))


def test_a_close_without_a_position_is_refused() -> None:
    assert [one.code for one in run(signal=CLOSE).refused] == ["NO_POSITION"]


def test_an_old_close_leaves_a_position_that_was_opened_later() -> None:
    later = replace(FOLLOWER, position=replace(HELD, as_of=NOW + timedelta(hours=1)))

    assert [one.code for one in run(later, CLOSE).refused] == ["NO_POSITION"]


def test_a_position_has_one_close_at_a_time() -> None:
    closing = replace(FOLLOWER, position=HELD, live=(live(Action.CLOSE, OrderState.UNKNOWN),))

    assert [one.code for one in run(closing, CLOSE).refused] == ["CLOSE_IN_FLIGHT"]


def test_a_close_waits_for_an_opening_under_way() -> None:
    opening = live(Action.OPEN, OrderState.SUBMITTING)

    (planned,) = run(replace(FOLLOWER, live=(opening,)), CLOSE).planned
    assert planned.after_order_id == opening.id


def test_an_opening_that_was_never_dispatched_gives_way_to_a_close() -> None:
    opening = live(Action.OPEN, OrderState.PLANNED)

    decision = run(replace(FOLLOWER, live=(opening,)), CLOSE)
    assert (decision.cancelled, decision.planned) == ((opening.id,), ())


def test_the_opposite_opening_waits_for_the_close_of_the_position() -> None:
    closing = live(Action.CLOSE, OrderState.DISPATCHED)
    turning = replace(FOLLOWER, position=replace(HELD, leg=Leg.SHORT), live=(closing,))

    (planned,) = run(turning).planned
    assert planned.after_order_id == closing.id
