"""What did a caller send, in Binance's parameters?"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl

from ironbull_paper.dialects.binance.errors import BinanceError

DECIMAL = re.compile(r"^[0-9]{1,20}(\.[0-9]{1,20})?$")
INTEGER = re.compile(r"^[0-9]{1,20}$")
CLIENT_ID = re.compile(r"^[\.A-Z\:/a-z0-9_-]{1,36}$")
MAX_CLIENT_ID = 36
_E = TypeVar("_E", bound=StrEnum)


class Params:
    """Read parameters by name and type; whatever does not fit answers with Binance's code."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._found = dict(pairs)

    @classmethod
    def parsed(cls, query: str, body: str) -> "Params":
        """Read a query string and a form body; a name in the query wins."""
        return cls(_pairs(body, query))

    def text(self, name: str) -> str | None:
        """Return a parameter, None when it is missing or empty."""
        return self._found.get(name) or None

    def needed(self, name: str) -> str:
        """Return a parameter that must be there."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return a plain decimal number, None when it is missing."""
        value = self.text(name)
        if value is None:
            return None
        if value.startswith("-") and DECIMAL.match(value[1:]):
            return Decimal(value)
        if not DECIMAL.match(value):
            raise illegal(name, DECIMAL.pattern)
        return Decimal(value)

    def needed_decimal(self, name: str) -> Decimal:
        """Return a decimal number that must be there."""
        value = self.decimal(name)
        if value is None:
            raise missing(name)
        return value

    def integer(self, name: str) -> int | None:
        """Return a whole number, None when it is missing."""
        value = self.text(name)
        if value is None:
            return None
        if not INTEGER.match(value):
            raise illegal(name, INTEGER.pattern)
        return int(value)

    def limit(self, default: int, most: int) -> int:
        """Return how many rows are wanted."""
        value = self.integer("limit")
        if value is None:
            return default
        if not 1 <= value <= most:
            raise BinanceError(-1130, "Data sent for parameter 'limit' is not valid.")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean, False when it is missing."""
        value = (self.text(name) or "false").lower()
        if value not in {"true", "false"}:
            raise BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")
        return value == "true"

    def word(self, name: str, words: type[_E], code: int, message: str) -> _E:
        """Return a word of a set that must be there."""
        try:
            return words(self.needed(name).upper())
        except ValueError:
            raise BinanceError(code, message) from None

    def client_id(self, name: str) -> str | None:
        """Return a client order id, None when it is missing."""
        value = self.text(name)
        if value is None:
            return None
        if len(value) > MAX_CLIENT_ID:
            raise BinanceError(-4015, "Client order id length should be less than 36 chars")
        if not CLIENT_ID.match(value):
            raise illegal(name, CLIENT_ID.pattern)
        return value


def missing(name: str) -> BinanceError:
    """Return the error for a parameter that must be there."""
    return BinanceError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def illegal(name: str, pattern: str) -> BinanceError:
    """Return the error for a parameter with the wrong characters."""
    return BinanceError(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'."
    )


def _pairs(*encoded: str) -> Iterator[tuple[str, str]]:
    for text in encoded:
        yield from parse_qsl(text, keep_blank_values=True)
