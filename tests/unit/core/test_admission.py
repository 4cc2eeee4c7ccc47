"""Who may follow a signal; a close is let out whatever its owner owes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.core.desk import (
    ACCOUNT,
    CANDIDATE,
    CLOSE,
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

from ironbull_core.facts import Candidate, LiveOrder, Market, SignalFacts, StrategyFacts
from ironbull_core.money_path import decide
from ironbull_messages.ids import SubscriptionId, order_id
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Risk
from ironbull_messages.words import Action, Leg, OrderState, Side

LIVE_STATES = [state for state in OrderState if not state.is_terminal]


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


@given(
    is_open=st.booleans(),
    is_active=st.booleans(),
    points=st.integers(0, 1),
    is_running=st.booleans(),
    tenant_is_active=st.booleans(),
    is_online=st.booleans(),
    hours_late=st.integers(0, 100),
    positions=st.integers(0, 50),
    confidence=st.integers(0, 100),
)
def test_a_close_is_never_refused_for_what_its_owner_owes(
    *,
    is_open: bool,
    is_active: bool,
    points: int,
    is_running: bool,
    tenant_is_active: bool,
    is_online: bool,
    hours_late: int,
    positions: int,
    confidence: int,
) -> None:
    in_trouble = Candidate(
        subscription=replace(SUBSCRIPTION, is_open=is_open),
        account=replace(
            IDLE,
            is_ready=is_open,
            is_assigned=is_online,
            is_online=is_online,
            available_usdt=Decimal(0),
            positions=positions,
            lost_today_usdt=Decimal(1_000_000),
        ),
        user_is_active=is_active,
        points_minor=points,
        position=held(),
        live=(),
    )
    market = Market(None, None, CLOSE_AT + HOUR * hours_late)

    decision = decided(
        in_trouble,
        replace(CLOSE, confidence=confidence),
        replace(STRATEGY, is_running=is_running),
        market,
        tenant_is_active=tenant_is_active,
    )

    (order,) = decision.planned
    assert (order.action, order.side, order.quantity) == (Action.CLOSE, Side.SELL, Decimal(2))


@pytest.mark.parametrize(
    ("code", "candidate"),
    [
        (Refusal.NO_POSITION, CANDIDATE),
        (Refusal.NO_POSITION, replace(CANDIDATE, position=held(Leg.SHORT))),
        (Refusal.NO_POSITION, replace(CANDIDATE, position=replace(held(), as_of=CLOSE_AT + HOUR))),
        (Refusal.NO_POSITION, replace(CANDIDATE, live=(live(owner=OTHER),))),
        (Refusal.POSITION_OWNED, replace(CANDIDATE, position=held(owner=OTHER))),
        (Refusal.CLOSE_IN_FLIGHT, replace(CANDIDATE, position=held(), live=(live(Action.CLOSE),))),
        (
            Refusal.CLOSE_IN_FLIGHT,
            replace(
                CANDIDATE,
                position=held(),
                live=(live(Action.CLOSE, state=OrderState.UNKNOWN),),
            ),
        ),
    ],
)
def test_a_close_is_refused_where_there_is_nothing_of_its_own_to_close(
    code: Refusal, candidate: Candidate
) -> None:
    """C-G5."""
    assert refusal(decided(candidate, CLOSE)) == code


def test_a_close_cancels_an_opening_that_was_never_dispatched() -> None:
    waiting = live(state=OrderState.PLANNED)

    decision = decided(replace(CANDIDATE, live=(waiting,)), CLOSE)

    assert decision.cancelled == (waiting.id,)
    assert decision.planned == ()
    assert decision.refused == ()


def test_a_close_waits_for_an_opening_that_is_under_way() -> None:
    opening = live()

    (order,) = decided(replace(CANDIDATE, live=(opening,)), CLOSE).planned

    assert order.after_order_id == opening.id


def test_a_close_reaches_the_opening_that_waits_behind_the_other_legs_close() -> None:
    closing = live(Action.CLOSE, Leg.SHORT, number=10)
    waiting = live(Action.OPEN, Leg.LONG, OrderState.PLANNED, number=11)
    turning = replace(CANDIDATE, position=held(Leg.SHORT), live=(closing, waiting))

    decision = decided(turning, CLOSE)

    assert decision.cancelled == (waiting.id,)
    assert decision.planned == ()


def test_an_old_close_leaves_a_younger_opening_alone() -> None:
    younger = live(state=OrderState.PLANNED, as_of=CLOSE_AT + HOUR)

    decision = decided(replace(CANDIDATE, live=(younger,)), CLOSE)

    assert decision.cancelled == ()
    assert refusal(decision) == Refusal.NO_POSITION


@given(
    leg=st.sampled_from(Leg),
    held_leg=st.none() | st.sampled_from(Leg),
    owner=st.sampled_from([MINE, OTHER, None]),
    orders=st.lists(
        st.builds(
            live,
            st.sampled_from([Action.OPEN, Action.ADD, Action.CLOSE]),
            st.sampled_from(Leg),
            st.sampled_from(LIVE_STATES),
            owner=st.sampled_from([MINE, OTHER, None]),
            number=st.integers(100, 200),
        ),
        max_size=4,
    ),
)
def test_a_close_only_ever_reduces_what_is_held_on_its_leg(
    leg: Leg, held_leg: Leg | None, owner: SubscriptionId | None, orders: list[LiveOrder]
) -> None:
    position = None if held_leg is None else held(held_leg, owner)
    candidate = replace(CANDIDATE, position=position, live=tuple(orders))

    decision = decided(candidate, replace(CLOSE, leg=leg))

    for order in decision.planned:
        assert order.action is Action.CLOSE
        assert order.side is (Side.SELL if leg is Leg.LONG else Side.BUY)
        most = position.quantity if position is not None and position.leg is leg else Decimal(0)
        assert order.quantity <= most
        assert order.quantity > 0 or order.after_order_id is not None
    planned = {order.id for order in candidate.live if order.state is OrderState.PLANNED}
    assert set(decision.cancelled) <= planned


def test_each_subscription_ends_in_exactly_one_way() -> None:
    poor = replace(CANDIDATE, points_minor=0, subscription=replace(SUBSCRIPTION, id=OTHER))

    decision = decide(SIGNAL, STRATEGY, [CANDIDATE, poor], MARKET, tenant_is_active=True)

    assert [order.subscription_id for order in decision.planned] == [MINE]
    assert [one.subscription_id for one in decision.refused] == [OTHER]
