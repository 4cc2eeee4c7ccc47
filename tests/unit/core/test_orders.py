"""Facts are accepted always, claims are fenced, and trades merge in any order (C-N5, C-O1)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_core.orders import MOVES, OrderFacts, Reported, may_move, merge, missing_quantity
from ironbull_messages.result import CLAIM_STATES, VENUE_STATES
from ironbull_messages.words import TERMINAL_STATES, OrderState

states = st.sampled_from(list(OrderState))
quantities = st.integers(0, 10).map(Decimal)
orders = st.builds(
    OrderFacts,
    state=states,
    seq=st.integers(0, 5),
    epoch=st.integers(1, 3),
    filled_quantity=quantities,
    booked_quantity=quantities,
)
said = st.builds(
    Reported,
    state=st.sampled_from(sorted(VENUE_STATES | CLAIM_STATES)),
    seq=st.integers(1, 6),
    epoch=st.integers(1, 3),
    filled_quantity=st.none() | quantities,
)


def order(state: OrderState, *, seq: int = 1, epoch: int = 2) -> OrderFacts:
    return OrderFacts(state, seq, epoch, Decimal(0), Decimal(0))


def test_every_state_has_a_row_and_terminal_ones_have_no_way_out() -> None:
    assert set(MOVES) == set(OrderState)
    assert {state for state, to in MOVES.items() if not to} == TERMINAL_STATES


@given(orders, said)
def test_the_venues_quantity_never_shrinks(before: OrderFacts, now: Reported) -> None:
    assert merge(before, now).filled_quantity >= before.filled_quantity


@given(orders, said)
def test_an_older_result_changes_no_state(before: OrderFacts, now: Reported) -> None:
    change = merge(before, now)

    if now.epoch == before.epoch and now.seq <= before.seq:
        assert (change.state, change.seq) == (before.state, before.seq)


@given(orders, said)
def test_each_lease_counts_for_itself(before: OrderFacts, now: Reported) -> None:
    change = merge(before, now)

    if now.epoch != before.epoch:
        assert change.seq == before.seq


def test_a_fact_of_an_earlier_lease_is_believed_however_few_results_it_had() -> None:
    change = merge(order(OrderState.UNKNOWN, seq=5), Reported(OrderState.FILLED, 1, 1, Decimal(1)))

    assert change.state is OrderState.FILLED


def test_an_earlier_lease_that_told_much_does_not_silence_the_next_one() -> None:
    heard = merge(order(OrderState.UNKNOWN, seq=0), Reported(OrderState.OPEN, 40, 1, None))
    now = OrderFacts(heard.state, heard.seq, 2, Decimal(0), Decimal(0))

    assert merge(now, Reported(OrderState.CANCELLED, 1, 2, None)).state is OrderState.CANCELLED


@pytest.mark.parametrize("held", [OrderState.OPEN, OrderState.PARTIALLY_FILLED])
def test_an_order_that_the_venue_holds_is_not_rejected(held: OrderState) -> None:
    change = merge(order(held), Reported(OrderState.REJECTED, 2, 1, None))

    assert (change.state, change.is_correction) == (held, False)


@given(orders, said)
def test_a_claim_makes_only_legal_moves_and_never_under_an_old_epoch(
    before: OrderFacts, now: Reported
) -> None:
    change = merge(before, now)

    if now.state in CLAIM_STATES and change.state is not before.state:
        assert may_move(before.state, change.state)
        assert now.epoch >= before.epoch


@given(orders, said)
def test_merging_twice_is_merging_once(before: OrderFacts, now: Reported) -> None:
    change = merge(before, now)
    after = OrderFacts(
        change.state, change.seq, before.epoch, change.filled_quantity, before.booked_quantity
    )

    again = merge(after, now)
    assert (again.state, again.filled_quantity) == (change.state, change.filled_quantity)


def test_a_fact_corrects_a_terminal_state_and_says_so() -> None:
    change = merge(order(OrderState.NOT_SENT), Reported(OrderState.FILLED, 2, 1, Decimal(1)))

    assert (change.state, change.is_correction) == (OrderState.FILLED, True)


def test_a_fact_from_an_old_epoch_is_believed_and_a_claim_is_not() -> None:
    fact = merge(order(OrderState.UNKNOWN), Reported(OrderState.FILLED, 2, 1, Decimal(1)))
    claim = merge(order(OrderState.UNKNOWN), Reported(OrderState.NOT_SENT, 2, 1, None))

    assert fact.state is OrderState.FILLED
    assert (claim.state, claim.is_fenced) == (OrderState.UNKNOWN, True)


@pytest.mark.parametrize("late", sorted(VENUE_STATES - {OrderState.FILLED}))
def test_nothing_undoes_filled(late: OrderState) -> None:
    assert merge(order(OrderState.FILLED), Reported(late, 9, 9, None)).state is OrderState.FILLED


def test_what_the_venue_filled_and_nobody_booked_is_missing() -> None:
    change = merge(order(OrderState.OPEN), Reported(OrderState.FILLED, 2, 2, Decimal(5)))

    assert missing_quantity(change, Decimal(2)) == 3
    assert missing_quantity(change, Decimal(5)) == 0


@pytest.mark.parametrize("ended", [OrderState.CANCELLED, OrderState.EXPIRED, OrderState.FILLED])
@pytest.mark.parametrize("stale", [OrderState.OPEN, OrderState.PARTIALLY_FILLED])
def test_a_read_that_lags_undoes_no_end(ended: OrderState, stale: OrderState) -> None:
    change = merge(order(ended), Reported(stale, 2, 2, Decimal(1)))

    assert (change.state, change.is_correction) == (ended, False)
    assert change.filled_quantity == 1


@pytest.mark.parametrize("wrong", [OrderState.NOT_SENT, OrderState.REJECTED, OrderState.DENIED])
def test_an_order_that_the_venue_holds_was_sent_whatever_we_believed(wrong: OrderState) -> None:
    change = merge(order(wrong), Reported(OrderState.OPEN, 2, 1, None))

    assert (change.state, change.is_correction) == (OrderState.OPEN, True)


@given(orders, said)
def test_a_move_that_the_table_does_not_know_is_a_correction(
    before: OrderFacts, now: Reported
) -> None:
    change = merge(before, now)

    if change.state is not before.state:
        assert change.is_correction is not may_move(before.state, change.state)


@given(orders, st.lists(said, max_size=6))
def test_once_filled_always_filled(before: OrderFacts, history: list[Reported]) -> None:
    current, seen = before, before.state is OrderState.FILLED
    for one in history:
        change = merge(current, one)
        current = OrderFacts(
            change.state, change.seq, current.epoch, change.filled_quantity, Decimal(0)
        )
        assert not seen or change.state is OrderState.FILLED
        seen = seen or change.state is OrderState.FILLED
