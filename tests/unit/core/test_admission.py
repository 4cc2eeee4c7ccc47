"""Who may open on a signal, and with which code everybody else may not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.core.desk import (
    ACCOUNT,
    CANDIDATE,
    CLOSE_AT,
    HOUR,
    IDLE,
    MARKET,
    MINE,
    OTHER,
    SIGNAL,
    STRATEGY,
    SUBSCRIPTION,
    decided,
    held,
    live,
    refusal,
)

from ironbull_core.facts import Candidate, Market, SignalFacts, StrategyFacts
from ironbull_core.money_path import decide
from ironbull_messages.ids import order_id
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Risk
from ironbull_messages.words import Action, Leg, OrderState, Side


def test_an_ordinary_signal_becomes_an_opening() -> None:
    decision = decided()

    (order,) = decision.planned
    assert (order.action, order.leg, order.side) == (Action.OPEN, Leg.LONG, Side.BUY)
    assert (order.stop_loss, order.take_profit) == (SIGNAL.stop_loss, SIGNAL.take_profit)
    assert order.id == order_id(str(SIGNAL.id), ACCOUNT, MINE, Leg.LONG, 1)
    assert order.after_order_id is None
    assert decided() == decided()


@pytest.mark.parametrize(
    ("code", "signal", "strategy", "market"),
    [
        (
            Refusal.SIGNAL_EXPIRED,
            SIGNAL,
            STRATEGY,
            replace(MARKET, now=CLOSE_AT + HOUR + timedelta(microseconds=1)),
        ),
        (Refusal.SYMBOL_UNKNOWN, SIGNAL, STRATEGY, replace(MARKET, instrument=None)),
        (Refusal.SYMBOL_UNKNOWN, SIGNAL, replace(STRATEGY, symbols=frozenset()), MARKET),
        (Refusal.STRATEGY_NOT_RUNNING, SIGNAL, replace(STRATEGY, is_running=False), MARKET),
        (Refusal.LOW_CONFIDENCE, replace(SIGNAL, confidence=49), STRATEGY, MARKET),
        (
            Refusal.COOL_DOWN,
            SIGNAL,
            replace(
                STRATEGY,
                risk=Risk(cool_down_seconds=60),
                last_opened_at=CLOSE_AT - timedelta(seconds=59),
            ),
            MARKET,
        ),
    ],
)
def test_a_whole_signal_is_refused(
    code: Refusal, signal: SignalFacts, strategy: StrategyFacts, market: Market
) -> None:
    decision = decided(signal=signal, strategy=strategy, market=market)

    assert decision.refusal is not None
    assert decision.refusal.code == code
    assert decision.planned == ()


def test_a_suspended_tenant_opens_nothing() -> None:
    assert refusal(decided(tenant_is_active=False)) == Refusal.TENANT_SUSPENDED


@pytest.mark.parametrize(
    "strategy",
    [
        replace(STRATEGY, last_opened_at=CLOSE_AT - timedelta(seconds=60)),
        replace(STRATEGY, last_opened_at=None),
    ],
)
def test_after_its_cool_down_a_strategy_speaks_again(strategy: StrategyFacts) -> None:
    """C-G3."""
    rested = replace(strategy, risk=Risk(cool_down_seconds=60))

    assert refusal(decided(strategy=rested)) is None


def test_a_signal_is_valid_until_its_last_instant() -> None:
    assert refusal(decided(market=replace(MARKET, now=SIGNAL.valid_until))) is None


@pytest.mark.parametrize(
    ("code", "candidate"),
    [
        (
            Refusal.SUBSCRIPTION_CLOSED,
            replace(CANDIDATE, subscription=replace(SUBSCRIPTION, is_open=False)),
        ),
        (Refusal.USER_DISABLED, replace(CANDIDATE, user_is_active=False)),
        (Refusal.ACCOUNT_NOT_READY, replace(CANDIDATE, account=replace(IDLE, is_ready=False))),
        (
            Refusal.ACCOUNT_UNASSIGNED,
            replace(CANDIDATE, account=replace(IDLE, is_assigned=False)),
        ),
        (Refusal.NODE_OFFLINE, replace(CANDIDATE, account=replace(IDLE, is_online=False))),
        (Refusal.NO_POINTS, replace(CANDIDATE, points_minor=0)),
        (Refusal.POSITION_OWNED, replace(CANDIDATE, position=held(owner=OTHER))),
        (Refusal.POSITION_OWNED, replace(CANDIDATE, position=held(owner=None))),
        (Refusal.POSITION_OWNED, replace(CANDIDATE, live=(live(owner=OTHER),))),
        (Refusal.SAME_SIDE_POSITION, replace(CANDIDATE, position=held())),
        (Refusal.ORDER_IN_FLIGHT, replace(CANDIDATE, live=(live(),))),
        (Refusal.ORDER_UNKNOWN, replace(CANDIDATE, live=(live(state=OrderState.UNKNOWN),))),
        (
            Refusal.ORDER_UNKNOWN,
            replace(CANDIDATE, live=(live(Action.CLOSE, state=OrderState.UNKNOWN),)),
        ),
    ],
)
def test_an_opening_is_refused_with_its_code(code: Refusal, candidate: Candidate) -> None:
    """C-M5, C-U4, C-U8, C-R18."""
    decision = decided(candidate)

    assert refusal(decision) == code
    assert decision.planned == ()


def test_without_a_fresh_price_nothing_opens() -> None:
    assert refusal(decided(market=replace(MARKET, price=None))) == Refusal.STALE_PRICE


def test_an_opening_waits_behind_the_close_of_the_other_leg() -> None:
    closing = live(Action.CLOSE, Leg.SHORT)
    turning = replace(CANDIDATE, position=held(Leg.SHORT), live=(closing,))

    (order,) = decided(turning).planned

    assert order.after_order_id == closing.id
    assert order.expires_at == SIGNAL.valid_until


def test_an_opening_against_an_open_position_is_refused() -> None:
    assert refusal(decided(replace(CANDIDATE, position=held(Leg.SHORT)))) is not None


def test_more_is_added_only_to_ones_own_open_leg() -> None:
    add = replace(SIGNAL, action=Action.ADD)
    full = replace(CANDIDATE, position=held())
    going = replace(full, live=(live(Action.CLOSE),))

    assert refusal(decided(full, add)) is None
    assert refusal(decided(CANDIDATE, add)) == Refusal.NO_POSITION
    assert refusal(decided(replace(full, position=held(Leg.SHORT)), add)) == Refusal.NO_POSITION
    assert refusal(decided(going, add)) == Refusal.CLOSE_IN_FLIGHT


def test_each_subscription_ends_in_exactly_one_way() -> None:
    poor = replace(CANDIDATE, points_minor=0, subscription=replace(SUBSCRIPTION, id=OTHER))

    decision = decide(SIGNAL, STRATEGY, [CANDIDATE, poor], MARKET, tenant_is_active=True)

    assert [order.subscription_id for order in decision.planned] == [MINE]
    assert [one.subscription_id for one in decision.refused] == [OTHER]
