"""How much of the cluster may a tenant's namespace take?"""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from ironbull_messages.resources.parts import Spec

QUANTITY_PATTERN: Final = r"^[1-9][0-9]{0,11}(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"
Quantity = Annotated[str, StringConstraints(pattern=QUANTITY_PATTERN, max_length=14)]
"""An amount as Kubernetes writes it, without a fraction: `500m` is half a processor, `4Gi`."""

_UNITS: Final = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{letter: Decimal(1_000) ** power for power, letter in enumerate("kMGTPE", start=1)},
    **{f"{letter}i": Decimal(1_024) ** power for power, letter in enumerate("KMGTPE", start=1)},
}


class Limits(Spec):
    """What all pods and volumes of the tenant may take together; what is left out is unbounded.

    It becomes the ResourceQuota of the namespace. Pods that do not fit are not made: the tenant or
    the pool says so, and goes on as soon as there is room.
    """

    requests_cpu: Quantity | None = None
    """Processors that all pods together may ask for, as `4` or `500m`."""
    requests_memory: Quantity | None = None
    """Memory that all pods together may ask for, as `8Gi`."""
    limits_memory: Quantity | None = None
    """Memory that all pods together may come to use, as `16Gi`."""
    pods: Annotated[int, Field(ge=1, le=5_000)] = 220
    """Pods at the same time: the engine, and one per member of a pool."""
    volumes: Annotated[int, Field(ge=0, le=5_000)] = 200
    """Volumes: each member of a pool keeps its journal on its own."""
    storage: Quantity | None = None
    """Size of all volumes together, as `100Gi`."""


def amount(quantity: str) -> Decimal:
    """Return the number that a quantity writes: `4Gi` is 4294967296, `500m` is 0.5."""
    match = re.fullmatch(r"([0-9]+)([a-zA-Z]*)", quantity)
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"{quantity!r} is no quantity")
    return Decimal(match[1]) * _UNITS[match[2]]
