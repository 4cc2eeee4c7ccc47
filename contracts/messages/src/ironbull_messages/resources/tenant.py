"""What is a tenant, and what may it do?"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ironbull_messages.amounts import UnsignedAmount
from ironbull_messages.base import Name
from ironbull_messages.resources.addresses import CIDR
from ironbull_messages.resources.credentials import Credentials
from ironbull_messages.resources.limits import Limits
from ironbull_messages.resources.merchant_api import MerchantApi
from ironbull_messages.resources.messaging import Messaging
from ironbull_messages.resources.parts import Described, RuledSpec, Spec
from ironbull_messages.rules.rule import Rules
from ironbull_messages.rules.tenant import TENANT_RULES
from ironbull_messages.words import DeletionPolicy, Environment, TenantState, VenueType


class Venue(Spec):
    """A venue that a tenant's users may bind accounts of."""

    name: Name
    """The tenant's own word for it, by which Strategies and ExecutionNodes refer to it."""
    type: VenueType
    """The exchange whose interface is spoken there. It cannot change."""
    environment: Environment
    """Paper: invented money on the exchange that comes with the platform. Live: real money. A venue
    begins as Paper, becomes Live once, and stays so."""
    egress_cidrs: tuple[CIDR, ...] = Field(default=(), alias="egressCIDRs", max_length=32)
    """Where members of this venue's pools may connect to, on port 443.

    None: to public addresses where the environment is Live, to the paper exchange alone where it
    is Paper.
    """


class Billing(Spec):
    """How a tenant's users are charged on profit; frozen on each trade at its opening."""

    basis: Literal["trade"] = "trade"
    """A closed trade, net of fees and funding."""
    share: UnsignedAmount = Decimal("0.3")
    """Share of a trade's profit that its user pays in points, from 0 to 1, as `"0.3"` for 30 %. A
    losing trade costs nothing."""
    platform_share_to: Literal["PlatformIncome", "TenantRoot"] = "PlatformIncome"
    """Who has the platform's part of each charge: its own income, or the tenant's root user."""


class TenantSpec(RuledSpec):
    """Who the tenant is, where its users trade, and what it may take."""

    rules: ClassVar[Rules] = TENANT_RULES

    display_name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    """The name of the business for people."""
    state: TenantState = TenantState.ACTIVE
    """Active: it trades. Suspended: nothing is opened and its API refuses, while stops and closes
    go on. Draining: as Suspended, and its members end once no position and no order is open; it
    closes nothing by itself."""
    venues: tuple[Venue, ...] = Field(min_length=1, max_length=16)
    """Exchanges at which its users may bind accounts, each under a name of its own."""
    billing: Billing = Billing()
    api: MerchantApi | None = None
    limits: Limits = Limits()
    messaging: Messaging = Messaging()
    credentials: Credentials = Credentials()
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    """What a deleted tenant leaves. Retain: its namespace with documents and journals, its key and
    its books, so that a Tenant of the same name goes on with them. Delete: nothing but its books,
    in which nobody can be recognised, and a name that is not used again. Both wait until no
    position and no order is open."""


class Tenant(Described):
    """A business that offers strategies to its users; its documents lie in `ironbull-<tenant>`."""

    kind: Literal["Tenant"] = "Tenant"
    spec: TenantSpec
