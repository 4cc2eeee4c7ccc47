"""What does a document's status say? Conditions a person understands, and what the operator knows.

Conditions follow the conventions of the Kubernetes API (api-conventions, "Typical status
properties"): `Ready` sums up; `Reconciling` and `Stalled` are there only while they are true, so
that kstatus reads them.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from ironbull_messages.base import Instant, Token
from ironbull_messages.resources import Spec
from ironbull_messages.words import KillSwitch

MAX_CONDITIONS: Final = 8
MAX_MEMBERS: Final = 100
Reason = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]{0,62}$", max_length=63)]
Text = Annotated[str, StringConstraints(max_length=1_024)]


class ConditionType(StrEnum):
    """What a condition speaks of."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"


class ConditionStatus(StrEnum):
    """Whether it is so."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(Spec):
    """One claim about an object, for one generation of it."""

    type: ConditionType
    """Ready sums up all. Reconciling and Stalled are there only while they are true: something is
    on its way, or waits for a person."""
    status: ConditionStatus
    """Whether it is so; Unknown: it cannot be told now."""
    reason: Reason
    """One word for programs, as `MembersStarting`."""
    message: Text = ""
    """One sentence for people: what is wrong, with which value, and the way out."""
    observed_generation: Annotated[int, Field(ge=0)]
    """The `metadata.generation` that it speaks of; an older one tells of the document before."""
    last_transition_time: Instant
    """When `status` last changed."""


class Status(Spec):
    """What all kinds have."""

    observed_generation: Annotated[int, Field(ge=0)] = 0
    """The `metadata.generation` that was carried out last."""
    conditions: tuple[Condition, ...] = Field(
        default=(),
        max_length=MAX_CONDITIONS,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    )
    """What is so and why, each with one sentence for people and the way out. Wait for it with
    `kubectl wait --for=condition=Ready`."""


class DrainStatus(Spec):
    """How far a tenant is that drains or ends."""

    open_positions: Annotated[int, Field(ge=0)] = 0
    """Positions of its users that are not closed."""
    unresolved_orders: Annotated[int, Field(ge=0)] = 0
    """Orders without a final outcome, unknown ones among them."""
    is_done: bool = False
    """Nothing is open any more, or the rest was given up by force: members may end."""


class TenantStatus(Status):
    """What became of the tenant; the operator writes it."""

    namespace: Annotated[str, StringConstraints(max_length=63)] = ""
    """Where its Strategies and ExecutionNodes lie, and its engine and members run."""
    merchant_key_secret: Annotated[str, StringConstraints(max_length=253)] = ""
    """Secret in the platform's namespace with which the tenant signs."""
    merchant_key_generation: Annotated[int, Field(ge=0)] = 0
    """Of the key in that Secret; 0: there is none yet."""
    old_merchant_key_until: Instant | None = None
    """Until when the key before it is accepted, as it was told when the key was made."""
    hostname: Annotated[str, StringConstraints(max_length=253)] = ""
    """The name under which the merchant API is reached; empty: it has none."""
    engine_token: Token | None = None
    """The id under which the tenant's engine speaks; no secret."""
    drain: DrainStatus | None = None
    """What still stands in the way of a tenant that drains or ends."""


class KillSwitchStatus(Spec):
    """How a kill switch is; the platform owns it."""

    effective: KillSwitch
    """Tripped: nothing is opened; stops and closes go on."""
    scope: Annotated[str, StringConstraints(max_length=16)]
    """What it stops: `strategy`."""
    by: Annotated[str, StringConstraints(max_length=64)] | None = None
    """Who turned it last: `document` or `staff`; left out: nobody ever did."""
    at: Instant | None = None
    """When that was."""


class StrategyStatus(Status):
    """What became of the strategy; the operator writes it."""

    version: Annotated[str, StringConstraints(max_length=16)] = ""
    """The version that stands on its signals."""
    kill_switch: KillSwitchStatus | None = None
    """How its kill switch is, whatever the document says; left out: it is not known yet."""


class MemberStatus(Spec):
    """One member of a pool."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][-a-z0-9]{0,62}$", max_length=63)]
    """Of its StatefulSet: `<pool>-<index>`."""
    token: Token
    """The id under which it speaks; no secret."""
    is_ready: bool = False
    """True: it has said hello and takes orders."""


class ExecutionNodeStatus(Status):
    """What became of the pool; the operator writes it."""

    replicas: Annotated[int, Field(ge=0)] = 0
    """Members that are there, those that are leaving too."""
    ready_replicas: Annotated[int, Field(ge=0)] = 0
    """Members that have said hello and take orders."""
    selector: Annotated[str, StringConstraints(max_length=253)] = ""
    """Label selector of its pods, for the scale subresource."""
    image: Annotated[str, StringConstraints(max_length=512)] = ""
    """What the members run, chosen once; see `spec.updatePolicy`. Empty: no pods."""
    is_autoscaled: bool = False
    """Whether a HorizontalPodAutoscaler of the pool exists."""
    members: tuple[MemberStatus, ...] = Field(
        default=(),
        max_length=MAX_MEMBERS,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    )
    """Its members; those that are leaving stand here until they are gone."""
