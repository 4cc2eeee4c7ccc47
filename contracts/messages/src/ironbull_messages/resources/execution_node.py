"""What is a pool of execution-node members?"""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ironbull_messages.base import Name
from ironbull_messages.resources.parts import Namespaced, RuledSpec
from ironbull_messages.resources.pool_parts import (
    Autoscaling,
    Image,
    InCluster,
    Location,
    Resources,
    Storage,
    UpdatePolicy,
)
from ironbull_messages.rules.execution_node import EXECUTION_NODE_RULES
from ironbull_messages.rules.rule import Rules

GRACE_BEYOND_DRAIN_SECONDS: Final = 30


class ExecutionNodeSpec(RuledSpec):
    """How many members execute the orders of accounts at one venue, and how they run."""

    rules: ClassVar[Rules] = EXECUTION_NODE_RULES

    replicas: Annotated[int, Field(ge=0, le=100)] = 1
    """Members; the tenant's accounts at the venue are spread over those that are ready."""
    venue: Name
    """One of the tenant's venues, by its name."""
    location: Location = Location(in_cluster=InCluster())
    """Where the members run: as pods in the cluster, or on machines of somebody else's."""
    image: Image | None = None
    """The members' image, from one of the places that the installation allows (the chart's value
    `images.allowed`); left out: the operator's, as `updatePolicy` says."""
    update_policy: UpdatePolicy = UpdatePolicy.MANUAL
    """What becomes of members when the operator brings another image. `Manual`: they keep the one
    of `status.image`, and the condition names the other; name it in `image` to take it over.
    `Automatic`: they are given it, one at a time."""
    resources: Resources | None = None
    """What one member takes; left out: as for a pool of some hundred accounts."""
    storage: Storage | None = None
    """The volume of each member's journal; left out: 1Gi of the cluster's default StorageClass."""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 32
    """Orders of different accounts in submission at the same time, per member."""
    drain_timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 30
    """How long a member that ends looks for the outcome of its orders before it hands back the
    accounts of those too; what is unknown then stays unknown until the next member proves it."""
    termination_grace_period_seconds: Annotated[int, Field(ge=6, le=900)] | None = None
    """When a member that still has not ended is killed; left out: 30 more than the drain."""
    autoscaling: Autoscaling | None = None
    """Leave `replicas` to a HorizontalPodAutoscaler; it needs a metrics server in the cluster."""

    @property
    def grace_seconds(self) -> int:
        """Return how long a member may take to end before it is killed."""
        given = self.termination_grace_period_seconds
        return self.drain_timeout_seconds + GRACE_BEYOND_DRAIN_SECONDS if given is None else given


class ExecutionNode(Namespaced):
    """A pool of members that execute orders of the tenant's accounts at one venue.

    Each account is served by one member at a time. A member that is away or goes hands its accounts
    to the others; no order is lost or sent twice by it.
    """

    kind: Literal["ExecutionNode"] = "ExecutionNode"
    spec: ExecutionNodeSpec
