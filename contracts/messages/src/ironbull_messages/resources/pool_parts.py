"""Of what is a pool's document made? Where its members run, what they take, where they keep."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from ironbull_messages.quantities import Quantity
from ironbull_messages.resources.parts import Spec

ClassName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$", max_length=253)
]
Image = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9][-a-zA-Z0-9._/:]*(@sha256:[a-f0-9]{64})?$", min_length=1, max_length=512
    ),
]


class UpdatePolicy(StrEnum):
    """Whether members follow the image that the operator brings."""

    MANUAL = "Manual"
    AUTOMATIC = "Automatic"


class Requests(Spec):
    """What a node of the cluster must have free for one member."""

    cpu: Quantity = "50m"
    """Processors, as `500m` for a half."""
    memory: Quantity = "128Mi"
    """Memory, as `512Mi`."""


class Bounds(Spec):
    """What one member may come to use at most."""

    cpu: Quantity | None = None
    """Processors; a member that wants more is slowed. Left out: as many as there are."""
    memory: Quantity = "512Mi"
    """Memory; a member that takes more is ended and starts anew."""


class Resources(Spec):
    """What one member asks for, and what it may come to use at most."""

    requests: Requests = Requests()
    """What a node of the cluster must have free for one member."""
    limits: Bounds = Bounds()
    """What one member may come to use at most."""


class Storage(Spec):
    """The volume of a member's journal, which outlives its pods and the pool."""

    size: Quantity = "1Gi"
    """Room for the orders in hand and the latest ones; what the platform booked is forgotten."""
    class_name: ClassName | None = None
    """The StorageClass; left out: the cluster's default."""


class InCluster(Spec):
    """The operator runs the members as pods in the tenant's namespace."""


class Remote(Spec):
    """Somebody runs the members on machines of their own, each from a bundle that is made for it.

    The bundle of member `<pool>-<index>` is the Secret `<pool>-<index>` in the tenant's namespace,
    under the key `bundle.json`; the status tells how it is fetched and how the member is started.
    """

    paper_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=512)] | (
        None
    ) = None
    """Where these machines reach the paper exchange; left out: as pods in the cluster do."""


class Location(Spec):
    """Where the members run: exactly one of these."""

    in_cluster: InCluster | None = None
    """As pods that the operator runs."""
    remote: Remote | None = None
    """On machines outside of the cluster that others look after."""


class Autoscaling(Spec):
    """How many members a HorizontalPodAutoscaler may ask for; `replicas` is then its own."""

    min_replicas: Annotated[int, Field(ge=1, le=100)] = 1
    """Never fewer members than this."""
    max_replicas: Annotated[int, Field(ge=1, le=100)]
    """Never more members than this."""
    cpu_percent: Annotated[int, Field(ge=1, le=1_000)] = 70
    """Mean use of the members' processor requests at which their number stays."""
