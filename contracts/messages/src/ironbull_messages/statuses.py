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
    status: ConditionStatus
    reason: Reason
    """One word for programs."""
    message: Text = ""
    """One sentence for people: what is wrong, with which value, and the way out."""
    observed_generation: Annotated[int, Field(ge=0)]
    last_transition_time: Instant
    """When `status` last changed."""


class Status(Spec):
    """What all kinds have."""

    observed_generation: Annotated[int, Field(ge=0)] = 0
    conditions: tuple[Condition, ...] = Field(
        default=(),
        max_length=MAX_CONDITIONS,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    )


class TenantStatus(Status):
    """What became of a tenant."""

    namespace: Annotated[str, StringConstraints(max_length=63)] = ""
    merchant_key_secret: Annotated[str, StringConstraints(max_length=253)] = ""
    """Secret in the platform's namespace with which the tenant signs."""
    merchant_key_generation: Annotated[int, Field(ge=0)] = 0
    """Of the key in that Secret; 0: there is none yet."""
    old_merchant_key_until: Instant | None = None
    """Until when the key before it is accepted, as it was told when the key was made."""
    engine_token: Token | None = None
    """The id under which the tenant's engine speaks; no secret."""


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
    """What became of a strategy."""

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


class ExecutionNodeStatus(Status):
    """What became of a pool."""

    replicas: Annotated[int, Field(ge=0)] = 0
    ready_replicas: Annotated[int, Field(ge=0)] = 0
    selector: Annotated[str, StringConstraints(max_length=253)] = ""
    """Label selector of its pods, for the scale subresource."""
    members: tuple[MemberStatus, ...] = Field(
        default=(),
        max_length=MAX_MEMBERS,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    )
