"""How is an expected no written? A code with the numbers that made it."""

from dataclasses import dataclass, field
from decimal import Decimal

from ironbull_messages.amounts import format_amount
from ironbull_messages.refusals import Refusal


@dataclass(frozen=True, slots=True)
class No:
    """Why something is not done, and the numbers behind it."""

    code: Refusal
    numbers: dict[str, str] = field(default_factory=dict)


def no(code: Refusal, **numbers: object) -> No:
    """Return a refusal with its numbers as text."""
    return No(code, {name: _text(value) for name, value in numbers.items()})


def _text(value: object) -> str:
    return format_amount(value) if isinstance(value, Decimal) else str(value)
