"""How do database values look in an answer? Amounts as strings, instants with Z."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from ironbull_messages.amounts import format_amount, from_minor
from ironbull_messages.base import format_instant

MINOR: Final = frozenset(
    {"charge", "paid_self", "paid_gift", "unpaid", "points_self", "points_gift", "rewards"}
)
DECIMALS: Final = 12
_HIDDEN: Final = frozenset({"page_at"})


def show(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as JSON values."""
    return {name: _value(name, value) for name, value in row.items() if name not in _HIDDEN}


def _value(name: str, value: Any) -> Any:
    if name in MINOR:
        return format_amount(from_minor(int(value)))
    match value:
        case Decimal():
            return format_amount(round(value, DECIMALS))
        case datetime():
            return format_instant(value)
        case UUID():
            return str(value)
        case _:
            return value
