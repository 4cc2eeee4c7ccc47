"""How is an amount of money, a price or a quantity written, and how does it become minor units?

On the wire an amount is a string; a JSON number is refused, since it has been through a float.
Inside it is a `Decimal`; in the ledger an `int` of minor units (10⁻⁸ USDT).
"""

import re
from decimal import Context, Decimal, localcontext
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

MINOR_PER_UNIT: Final = 100_000_000
MAX_MINOR: Final = 2**63 - 1
MAX_INTEGER_DIGITS: Final = 18
MAX_FRACTION_DIGITS: Final = 18
_EXACT: Final = Context(prec=64)

_DIGITS: Final = rf"[0-9]{{1,{MAX_INTEGER_DIGITS}}}(\.[0-9]{{1,{MAX_FRACTION_DIGITS}}})?"
SIGNED_PATTERN: Final = rf"^-?{_DIGITS}$"
UNSIGNED_PATTERN: Final = rf"^{_DIGITS}$"
_SIGNED: Final = re.compile(SIGNED_PATTERN, re.ASCII)


def format_amount(value: Decimal) -> str:
    """Write a decimal plainly: no exponent, no superfluous zeros, no negative zero."""
    if value == 0:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_minor(value: Decimal, rounding: str) -> int:
    """Return minor units (10⁻⁸ USDT) of a decimal; the caller names the rounding (`ROUND_UP`, …).

    Raises:
        ValueError: the result does not fit a `bigint`.
    """
    with localcontext(_EXACT):
        minor = int((value * MINOR_PER_UNIT).to_integral_value(rounding))
    if abs(minor) > MAX_MINOR:
        raise ValueError(f"amount {value} is beyond the ledger's range")
    return minor


def from_minor(minor: int) -> Decimal:
    """Return the decimal (USDT) of minor units, exactly."""
    with localcontext(_EXACT):
        return Decimal(minor) / MINOR_PER_UNIT


def _parse(value: object) -> Decimal:
    """Accept our own `Decimal` and a plain decimal string; refuse numbers, exponents and NaN."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"amount must be finite, not {value}")
        return value
    if not isinstance(value, str):
        raise ValueError(  # noqa: TRY004 - pydantic collects ValueErrors
            f"amount must be a string such as '12.5', not {type(value).__name__}"
        )
    if _SIGNED.match(value) is None:
        raise ValueError(
            f"amount must be a plain decimal of at most {MAX_INTEGER_DIGITS} digits and "
            f"{MAX_FRACTION_DIGITS} decimals, not {value[:48]!r}"
        )
    return Decimal(value)


def _parse_unsigned(value: object) -> Decimal:
    amount = _parse(value)
    if amount < 0:
        raise ValueError(f"amount must not be negative, not {format_amount(amount)}")
    return amount


def _parse_positive(value: object) -> Decimal:
    amount = _parse(value)
    if amount <= 0:
        raise ValueError(f"amount must be above zero, not {format_amount(amount)}")
    return amount


_MAX_LENGTH: Final = MAX_INTEGER_DIGITS + MAX_FRACTION_DIGITS + 2
_AS_TEXT: Final = PlainSerializer(format_amount, return_type=str)

_SIGNED_SCHEMA: Final[dict[str, str | int]] = {
    "type": "string",
    "pattern": SIGNED_PATTERN,
    "maxLength": _MAX_LENGTH,
}
_UNSIGNED_SCHEMA: Final[dict[str, str | int]] = {
    "type": "string",
    "pattern": UNSIGNED_PATTERN,
    "maxLength": _MAX_LENGTH,
}

Amount = Annotated[Decimal, BeforeValidator(_parse), _AS_TEXT, WithJsonSchema(dict(_SIGNED_SCHEMA))]
"""A signed decimal; a string on the wire."""

UnsignedAmount = Annotated[
    Decimal, BeforeValidator(_parse_unsigned), _AS_TEXT, WithJsonSchema(dict(_UNSIGNED_SCHEMA))
]
"""A decimal of at least zero; a string on the wire."""

PositiveAmount = Annotated[
    Decimal, BeforeValidator(_parse_positive), _AS_TEXT, WithJsonSchema(dict(_UNSIGNED_SCHEMA))
]
"""A decimal above zero; a string on the wire."""
