"""A stop fires at equality, the stop-loss first."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_core.stops import crossed
from ironbull_messages.words import CloseReason, Leg

SL, TP = CloseReason.STOP_LOSS, CloseReason.TAKE_PROFIT
prices = st.decimals(1, 10_000, places=1)


@pytest.mark.parametrize(
    ("leg", "stop", "take", "price", "reason"),
    [
        (Leg.LONG, 2_400, 2_700, "2400", SL),
        (Leg.LONG, 2_400, 2_700, "2399.9", SL),
        (Leg.LONG, 2_400, 2_700, "2400.1", None),
        (Leg.LONG, 2_400, 2_700, "2700", TP),
        (Leg.LONG, 2_400, 2_700, "2699.9", None),
        (Leg.SHORT, 2_600, 2_300, "2600", SL),
        (Leg.SHORT, 2_600, 2_300, "2599.9", None),
        (Leg.SHORT, 2_600, 2_300, "2300", TP),
        (Leg.SHORT, 2_600, 2_300, "2300.1", None),
        (Leg.LONG, 2_500, 2_500, "2500", SL),
        (Leg.SHORT, 2_500, 2_500, "2500", SL),
    ],
)
def test_the_trigger_rules_of_the_first_system_hold(
    leg: Leg, stop: int, take: int, price: str, reason: CloseReason | None
) -> None:
    """C-S4."""
    assert crossed(leg, Decimal(stop), Decimal(take), Decimal(price)) is reason


@given(leg=st.sampled_from(Leg), price=prices)
def test_what_has_no_stop_never_closes_by_one(leg: Leg, price: Decimal) -> None:
    assert crossed(leg, None, None, price) is None


@given(stop=prices, take=prices, price=prices)
def test_long_and_short_mirror_each_other(stop: Decimal, take: Decimal, price: Decimal) -> None:
    long = crossed(Leg.LONG, stop, take, price)

    assert crossed(Leg.SHORT, -stop, -take, -price) is long
