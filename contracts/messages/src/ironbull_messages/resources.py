"""What does an operator apply? Tenant, Strategy and ExecutionNode, with the honoured fields.

A field that is unknown, or not honoured yet, is refused and never ignored. Wire names are
camelCase, as in every Kubernetes document.
"""

import hashlib
import json
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from ironbull_messages.amounts import PositiveAmount, UnsignedAmount
from ironbull_messages.base import Message, Name
from ironbull_messages.symbols import Symbol
from ironbull_messages.words import (
    DesiredState,
    Environment,
    RiskMode,
    TenantState,
    Timeframe,
    VenueType,
)

API_VERSION: Final = "ironbull.io/v1alpha1"
GROUP: Final = "ironbull.io"
NAMESPACE_PREFIX: Final = "ironbull-"
TENANT_LABEL: Final = "ironbull.io/tenant"
MAX_PARAMETERS: Final = 64

ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ParameterValue = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Label = Annotated[str, StringConstraints(max_length=253)]


class Spec(Message):
    """A part of a document: closed, frozen, camelCase on the wire."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Metadata(Spec):
    """Name and place of a document; labels and annotations are kept for their readers."""

    name: Name
    namespace: Name | None = None
    """None for a cluster-scoped kind."""
    labels: dict[Label, Label] = Field(default_factory=dict, max_length=64)
    annotations: dict[Label, str] = Field(default_factory=dict, max_length=64)


class Venue(Spec):
    """A venue that a tenant's users may bind accounts of."""

    name: Name
    type: VenueType
    environment: Environment


class Billing(Spec):
    """How a tenant's users are charged on profit; frozen on each trade at its opening."""

    basis: Literal["trade"] = "trade"
    """A closed trade, net of fees and funding."""
    share: Annotated[UnsignedAmount, Field(le=1)] = Decimal("0.3")
    """Share of the profit, 0 to 1."""
    platform_share_to: Literal["PlatformIncome", "TenantRoot"] = "PlatformIncome"


class TenantSpec(Spec):
    """What a tenant is and may do."""

    display_name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    state: TenantState = TenantState.ACTIVE
    venues: tuple[Venue, ...] = Field(min_length=1, max_length=16)
    billing: Billing = Billing()

    @model_validator(mode="after")
    def _venue_names_are_unique(self) -> Self:
        names = [venue.name for venue in self.venues]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"venues[].name must be unique, but {', '.join(twice)} stands twice")
        return self


class ClassRef(Spec):
    """Which strategy class runs, and which version of it."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    version: Annotated[int, Field(ge=1, le=999)] = 1


class Risk(Spec):
    """Limits of one exchange account under this strategy; a limit left out is off."""

    min_confidence: Annotated[int, Field(ge=0, le=100)] = 50
    cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 0
    """Market time between two openings of the strategy on a symbol."""
    min_balance_usdt: UnsignedAmount = Decimal(100)
    max_positions: Annotated[int, Field(ge=1, le=1_000)] = 10
    max_position_value_usdt: PositiveAmount = Decimal(10_000)
    daily_trade_limit: Annotated[int, Field(ge=1, le=100_000)] = 100
    weekly_trade_limit: Annotated[int, Field(ge=1, le=100_000)] = 500
    daily_loss_limit_usdt: PositiveAmount = Decimal(1_000)
    max_consecutive_losses: Annotated[int, Field(ge=1, le=1_000)] = 5
    loss_cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 1_800
    trade_cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 60
    allowed_symbols: tuple[Symbol, ...] = Field(default=(), max_length=200)
    """Empty: all."""
    blocked_symbols: tuple[Symbol, ...] = Field(default=(), max_length=200)


class Sizing(Spec):
    """Notional of one order: capital × risk mode × leverage, or loss-based (first-system §3.9)."""

    capital_usdt: UnsignedAmount = Decimal(0)
    """0: the subscription's own, else `fallback_usdt`."""
    leverage: Annotated[int, Field(ge=1, le=125)] = 20
    risk_mode: RiskMode = RiskMode.CONSERVATIVE
    max_loss_usdt: PositiveAmount | None = None
    """None: capital × risk mode."""
    risk_based: bool = False
    """True: the notional follows from the distance to the stop."""
    min_capital_usdt: UnsignedAmount = Decimal(0)
    fallback_usdt: PositiveAmount = Decimal(100)
    """Notional where no capital is known."""


class StrategySpec(Spec):
    """One running strategy of a tenant."""

    class_ref: ClassRef
    parameters: dict[ParameterName, ParameterValue] = Field(
        default_factory=dict, max_length=MAX_PARAMETERS
    )
    symbols: tuple[Symbol, ...] = Field(min_length=1, max_length=100)
    timeframe: Timeframe
    venue: Name
    mode: Literal["Paper"] = "Paper"
    desired_state: DesiredState = DesiredState.RUNNING
    risk: Risk = Risk()
    sizing: Sizing = Sizing()

    @model_validator(mode="after")
    def _symbols_are_unique(self) -> Self:
        if len(set(self.symbols)) != len(self.symbols):
            raise ValueError("symbols must be unique")
        return self


class ExecutionNodeSpec(Spec):
    """A pool of members that execute orders of accounts at one venue."""

    replicas: Annotated[int, Field(ge=0, le=100)] = 1
    venue: Name
    concurrency: Annotated[int, Field(ge=1, le=256)] = 32
    """Orders of different accounts in submission at the same time, per member."""


class _Document(Spec):
    api_version: Literal["ironbull.io/v1alpha1"] = API_VERSION
    metadata: Metadata


class Tenant(_Document):
    """A business that offers strategies to its users (cluster-scoped)."""

    kind: Literal["Tenant"] = "Tenant"
    spec: TenantSpec


class _Namespaced(_Document):
    @property
    def tenant(self) -> str:
        """Return the tenant whose namespace the document lies in."""
        return (self.metadata.namespace or "").removeprefix(NAMESPACE_PREFIX)

    @model_validator(mode="after")
    def _lies_in_a_tenant(self) -> Self:
        namespace = self.metadata.namespace or ""
        if not namespace.startswith(NAMESPACE_PREFIX) or namespace == NAMESPACE_PREFIX:
            raise ValueError(
                f"metadata.namespace must be {NAMESPACE_PREFIX}<tenant>, not {namespace!r}"
            )
        return self


class Strategy(_Namespaced):
    """A strategy that runs for a tenant."""

    kind: Literal["Strategy"] = "Strategy"
    spec: StrategySpec


class ExecutionNode(_Namespaced):
    """A pool of execution-node members of a tenant."""

    kind: Literal["ExecutionNode"] = "ExecutionNode"
    spec: ExecutionNodeSpec


class NamespaceDocument(Spec):
    """The namespace before a tenant's documents, so that one `kubectl apply` of one file works."""

    api_version: Literal["v1"] = "v1"
    kind: Literal["Namespace"] = "Namespace"
    metadata: Metadata

    @model_validator(mode="after")
    def _is_labelled(self) -> Self:
        tenant = self.metadata.labels.get(TENANT_LABEL)
        if self.metadata.name != f"{NAMESPACE_PREFIX}{tenant}":
            raise ValueError(
                f"namespace {self.metadata.name} needs the label {TENANT_LABEL} with its tenant"
            )
        return self


Document = Tenant | Strategy | ExecutionNode | NamespaceDocument
KINDS: Final[dict[str, type[Tenant | Strategy | ExecutionNode | NamespaceDocument]]] = {
    "Namespace": NamespaceDocument,
    "Tenant": Tenant,
    "Strategy": Strategy,
    "ExecutionNode": ExecutionNode,
}


def strategy_version(spec: StrategySpec) -> str:
    """Return the 16 hex digits that stand on every signal: a hash of what computes opinions."""
    causes = spec.model_dump_json(
        by_alias=True, include={"class_ref", "parameters", "timeframe", "symbols", "venue"}
    )
    canonical = json.dumps(json.loads(causes), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
