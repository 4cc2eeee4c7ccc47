"""Laws of a tripped strategy: whatever else is so, nothing of it opens, and every close passes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from unit.core.desk import (
    CANDIDATE,
    CLOSE,
    IDLE,
    MARKET,
    SIGNAL,
    STRATEGY,
    decided,
    held,
    live,
    refusal,
)

from ironbull_core.facts import Candidate, HeldPosition
from ironbull_messages.refusals import Refusal
from ironbull_messages.words import Action, Leg, OrderState

TRIPPED = replace(STRATEGY, is_tripped=True)
LEGS = st.sampled_from(list(Leg))


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    """Draw what may be known of a subscription at a signal."""
    position: HeldPosition | None = draw(st.one_of(st.none(), LEGS.map(held)))
    orders = draw(
        st.lists(
            st.builds(
                live,
                st.sampled_from([Action.OPEN, Action.CLOSE]),
                LEGS,
                st.sampled_from([OrderState.PLANNED, OrderState.DISPATCHED, OrderState.UNKNOWN]),
            ),
            max_size=2,
        )
    )
    account = replace(IDLE, is_online=draw(st.booleans()), is_ready=draw(st.booleans()))
    return replace(
        CANDIDATE,
        account=account,
        position=position,
        live=tuple(orders),
        points_minor=draw(st.integers(-1, 5)),
    )


@given(candidates(), LEGS, st.sampled_from([Action.OPEN, Action.ADD]))
def test_a_tripped_strategy_never_opens(candidate: Candidate, leg: Leg, action: Action) -> None:
    decision = decided(candidate, replace(SIGNAL, leg=leg, action=action), TRIPPED)

    assert refusal(decision) == Refusal.KILL_SWITCH
    assert decision.planned == ()


@given(candidates(), LEGS)
def test_a_close_of_a_tripped_strategy_is_what_it_would_be_anyway(
    candidate: Candidate, leg: Leg
) -> None:
    close = replace(CLOSE, leg=leg)

    assert decided(candidate, close, TRIPPED) == decided(candidate, close, STRATEGY)


def test_a_held_position_of_a_tripped_strategy_is_closed() -> None:
    (order,) = decided(replace(CANDIDATE, position=held()), CLOSE, TRIPPED, MARKET).planned

    assert order.action is Action.CLOSE
