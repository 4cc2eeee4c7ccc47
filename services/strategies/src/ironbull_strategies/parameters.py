"""Which parameters does a strategy take, in which range? Texts in, checked values out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from ironbull_messages.problems import FieldError

_INTEGER: Final = re.compile(r"^[0-9]{1,9}$", re.ASCII)
_NUMBER: Final = re.compile(r"^[0-9]{1,9}(\.[0-9]{1,9})?$", re.ASCII)
_FLAGS: Final = {"true": Decimal(1), "false": Decimal(0)}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its kind, default and documented range, both ends included."""

    name: str
    kind: Literal["integer", "number", "flag"]
    default: str
    least: str
    most: str
    meaning: str

    @property
    def expected(self) -> str:
        """Say what values are taken."""
        match self.kind:
            case "integer":
                return f"a whole number from {self.least} to {self.most}"
            case "number":
                return f"a decimal number from {self.least} to {self.most}"
            case "flag":
                return "true or false"

    def parse(self, text: str) -> Decimal | None:
        """Return the value, a flag as 1 or 0; None when it is not one or out of range."""
        if self.kind == "flag":
            return _FLAGS.get(text)
        pattern = _INTEGER if self.kind == "integer" else _NUMBER
        if pattern.match(text) is None:
            return None
        value = Decimal(text)
        return value if Decimal(self.least) <= value <= Decimal(self.most) else None


@dataclass(frozen=True, slots=True)
class Values:
    """Checked values by parameter name."""

    values: Mapping[str, Decimal]

    def integer(self, name: str) -> int:
        """Return a whole number."""
        return int(self.values[name])

    def number(self, name: str) -> float:
        """Return a number for computing with indicators."""
        return float(self.values[name])

    def flag(self, name: str) -> bool:
        """Return whether a flag is set."""
        return self.values[name] == 1


def read(
    known: tuple[Parameter, ...], given: Mapping[str, str]
) -> tuple[Values, tuple[FieldError, ...]]:
    """Return the values, defaults where none is given, and everything that is wrong."""
    by_name = {parameter.name: parameter for parameter in known}
    errors = [
        _error(name, f"is unknown; found {text[:60]!r}; known are {', '.join(by_name)}")
        for name, text in given.items()
        if name not in by_name
    ]
    values: dict[str, Decimal] = {}
    for name, parameter in by_name.items():
        text = given.get(name, parameter.default)
        value = parameter.parse(text)
        if value is None:
            errors.append(_error(name, f"must be {parameter.expected}; found {text[:60]!r}"))
        else:
            values[name] = value
    return Values(values), tuple(errors)


def _error(name: str, message: str) -> FieldError:
    return FieldError(field=f"spec.parameters.{name}", message=message[:512])
