"""How many point cards may one call move? Whole minor units, within the ledger's range."""

from decimal import ROUND_DOWN, Decimal
from typing import Annotated

from pydantic import AfterValidator

from ironbull_messages.amounts import PositiveAmount, from_minor, to_minor


def _whole(value: Decimal) -> Decimal:
    if from_minor(to_minor(value, ROUND_DOWN)) != value:
        raise ValueError("point cards have at most 8 decimals")
    return value


CardAmount = Annotated[PositiveAmount, AfterValidator(_whole)]
"""USDT above zero, of at most 8 decimals; a string on the wire."""
