"""A position's money adds up, whatever fills make it."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ironbull_paper.matching.position import Position, closing_quantity, fill

quantities = st.integers(-5000, 5000).filter(bool).map(lambda n: Decimal(n) / 1000)
prices = st.integers(1, 200_000).map(lambda n: Decimal(n) / 10)
fills = st.lists(st.tuples(quantities, prices), min_size=1, max_size=30)


@given(fills=fills)
def test_realised_profit_and_open_cost_are_what_was_paid(
    fills: list[tuple[Decimal, Decimal]],
) -> None:
    position, realised, paid = Position(), Decimal(0), Decimal(0)
    for quantity, price in fills:
        outcome = fill(position, quantity, price)
        position, realised = outcome.position, realised + outcome.realised
        paid += quantity * price
    assert position.quantity == sum(quantity for quantity, _ in fills)
    assert realised == position.cost - paid


@given(fills=fills, price=prices)
def test_a_round_trip_realises_exactly_sales_minus_purchases(
    fills: list[tuple[Decimal, Decimal]], price: Decimal
) -> None:
    rest = sum((quantity for quantity, _ in fills), Decimal(0))
    trip = [*fills, *([(-rest, price)] if rest else [])]
    position, realised = Position(), Decimal(0)
    for quantity, at in trip:
        outcome = fill(position, quantity, at)
        position, realised = outcome.position, realised + outcome.realised
    assert position.is_flat
    assert position.cost == 0
    assert realised == -sum(quantity * at for quantity, at in trip)


@given(first=quantities, entry=prices, exit_price=prices)
def test_only_what_goes_against_a_position_realises(
    first: Decimal, entry: Decimal, exit_price: Decimal
) -> None:
    held = fill(Position(), first, entry)
    assert held.realised == 0
    assert held.position.entry_price == entry
    assert fill(held.position, first, exit_price).realised == 0
    closed = fill(held.position, -first, exit_price)
    assert closed.position.is_flat
    assert closed.realised == first * (exit_price - entry)


@given(first=quantities, entry=prices, exit_price=prices)
def test_a_flip_closes_all_and_opens_the_rest_at_its_own_price(
    first: Decimal, entry: Decimal, exit_price: Decimal
) -> None:
    held = fill(Position(), first, entry).position
    flipped = fill(held, -3 * first, exit_price)
    assert flipped.realised == first * (exit_price - entry)
    assert flipped.position.quantity == -2 * first
    assert flipped.position.entry_price == exit_price


@given(quantity=quantities)
def test_only_the_opposite_side_can_close(quantity: Decimal) -> None:
    sign = 1 if quantity > 0 else -1
    position = Position(quantity, quantity)
    assert closing_quantity(position, sign) == 0
    assert closing_quantity(position, -sign) == abs(quantity)
