"""How does the Kubernetes API write an amount? So it is written by us, lest both never agree."""

import re
from typing import Final

_DECIMAL: Final = ("m", "", "k", "M", "G", "T", "P", "E")
_BINARY: Final = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def canonical(quantity: str) -> str:
    """Return an amount without a fraction as the API returns it: `1000m` is `1`, `1024Mi` `1Gi`."""
    match = re.fullmatch(r"([1-9][0-9]*)([a-zA-Z]*)", quantity)
    if match is None:
        raise ValueError(f"{quantity!r} is no quantity")
    number, unit = int(match[1]), match[2]
    units, step = (_BINARY, 1_024) if unit in _BINARY else (_DECIMAL, 1_000)
    place = units.index(unit)
    while number % step == 0 and place + 1 < len(units):
        number, place = number // step, place + 1
    return f"{number}{units[place]}"
