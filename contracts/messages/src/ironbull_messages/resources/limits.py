"""How much of the cluster may a tenant's namespace take?"""

from typing import Annotated

from pydantic import Field

from ironbull_messages.quantities import Quantity
from ironbull_messages.resources.parts import Spec


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
