"""Amounts are exact, strings on the wire, and bounded."""

import json
from decimal import ROUND_DOWN, ROUND_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ironbull_messages.amounts import (
    MAX_MINOR,
    Amount,
    PositiveAmount,
    UnsignedAmount,
    format_amount,
    from_minor,
    to_minor,
)

AMOUNT: TypeAdapter[Decimal] = TypeAdapter(Amount)
minors = st.integers(min_value=-MAX_MINOR, max_value=MAX_MINOR)


@pytest.mark.parametrize(
    "written", ["1.5", "1", "1e3", "Infinity", "NaN", "true", "null", "[]", '"1e3"', '" 1"', '""']
)
def test_only_a_plain_string_is_an_amount(written: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_json(written)


@pytest.mark.parametrize(
    "text", ["1" * 19, "0." + "1" * 19, "\uff11", "+1", "1.", ".5", "--1", "1_000"]
)
def test_a_string_out_of_shape_or_bounds_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_json(json.dumps(text))


@given(minors)
def test_minor_units_survive_the_wire(minor: int) -> None:
    written = AMOUNT.dump_json(from_minor(minor))

    assert to_minor(AMOUNT.validate_json(written), ROUND_DOWN) == minor


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-10, max_value=10))
def test_rounding_up_and_down_differ_by_at_most_one_unit(value: Decimal) -> None:
    assert 0 <= abs(to_minor(value, ROUND_UP)) - abs(to_minor(value, ROUND_DOWN)) <= 1


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+3", "1000"), ("0E-8", "0"), ("-0", "0"), ("1.500", "1.5"), ("-2", "-2")],
)
def test_an_amount_is_written_plainly(value: str, text: str) -> None:
    assert format_amount(Decimal(value)) == text


def test_an_amount_beyond_the_ledger_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond"):
        to_minor(from_minor(MAX_MINOR) + 1, ROUND_DOWN)


@pytest.mark.parametrize("kind", [TypeAdapter(UnsignedAmount), TypeAdapter(PositiveAmount)])
def test_a_negative_amount_is_refused_with_its_value(kind: TypeAdapter[Decimal]) -> None:
    with pytest.raises(ValidationError, match="-2"):
        kind.validate_python("-2")
