"""How is a field's mistake said to a person, where pydantic speaks in regular expressions?"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ironbull_messages.base import NAME_PATTERN
from ironbull_messages.symbols import SYMBOL_PATTERN

WORDS: Final[Mapping[str, str]] = {
    NAME_PATTERN: "must be a name: at most 40 lower-case letters, digits and hyphens, "
    "beginning with a letter and not ending with a hyphen",
    SYMBOL_PATTERN: "must be a symbol such as BTC-USDT-SWAP",
}
"""What a value must be, by the pattern that tests it."""


def said(row: Mapping[str, Any], words: Mapping[str, str] = WORDS) -> str:
    """Return what was expected, in words where `words` has some for the pattern."""
    message = str(row["msg"]).removeprefix("Value error, ")
    if row["type"] != "string_pattern_mismatch":
        return message
    return words.get(row["ctx"]["pattern"], message)


def causes(rows: Iterable[Any]) -> list[Any]:
    """Drop `too_short` where an item of the list failed: pydantic counts only what is right."""
    kept = list(rows)
    places = [tuple(row["loc"]) for row in kept]
    return [
        row
        for row, place in zip(kept, places, strict=True)
        if row["type"] != "too_short"
        or not any(len(one) > len(place) and one[: len(place)] == place for one in places)
    ]
