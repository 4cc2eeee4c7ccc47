"""What does a quantity of Kubernetes come to? https://kubernetes.io/docs/reference/kubernetes-api/."""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import StringConstraints

QUANTITY_PATTERN: Final = r"^[1-9][0-9]{0,11}(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"
Quantity = Annotated[str, StringConstraints(pattern=QUANTITY_PATTERN, max_length=14)]
"""An amount as Kubernetes writes it, without a fraction: `500m` is half a processor, `4Gi`."""

_UNITS: Final = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{letter: Decimal(1_000) ** power for power, letter in enumerate("kMGTPE", start=1)},
    **{f"{letter}i": Decimal(1_024) ** power for power, letter in enumerate("KMGTPE", start=1)},
}


def amount(quantity: str) -> Decimal:
    """Return the number that a quantity writes: `4Gi` is 4294967296, `500m` is 0.5."""
    match = re.fullmatch(r"([0-9]+)([a-zA-Z]*)", quantity)
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"{quantity!r} is no quantity")
    return Decimal(match[1]) * _UNITS[match[2]]


def fits(request: str | None, limit: str | None) -> bool:
    """Tell whether a request is within its limit; one that is left out bounds nothing."""
    return request is None or limit is None or amount(request) <= amount(limit)
