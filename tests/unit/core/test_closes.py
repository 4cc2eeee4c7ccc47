"""A close concerns its own leg, and is let out whatever its owner owes."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.core.desk import (
    CANDIDATE,
    CLOSE,
    CLOSE_AT,
    HOUR,
    IDLE,
    MINE,
    OTHER,
    STRATEGY,
    SUBSCRIPTION,
    decided,
    held,
    live,
    refusal,
)

from ironbull_core.facts import Candidate, LiveOrder, Market
from ironbull_messages.ids import SubscriptionId
from ironbull_messages.refusals import Refusal
from ironbull_messages.words import Action, Leg, OrderState, Side

LIVE_STATES = [state for state in OrderState if not state.is_terminal]


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
