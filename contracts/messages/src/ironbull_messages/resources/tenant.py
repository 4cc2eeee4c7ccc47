"""What is a tenant, and what may it do?"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ironbull_messages.amounts import UnsignedAmount
from ironbull_messages.base import Name
from ironbull_messages.resources.addresses import CIDR
from ironbull_messages.resources.credentials import Credentials
from ironbull_messages.resources.limits import Limits
from ironbull_messages.resources.parts import Described, RuledSpec, Spec
from ironbull_messages.rules.rule import Rules
from ironbull_messages.rules.tenant import TENANT_RULES
from ironbull_messages.words import Environment, TenantState, VenueType


class Venue(Spec):
    """A venue that a tenant's users may bind accounts of."""

    name: Name
    type: VenueType
    environment: Environment
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
    """Share of the profit, 0 to 1."""
    platform_share_to: Literal["PlatformIncome", "TenantRoot"] = "PlatformIncome"


class TenantSpec(RuledSpec):
    """What a tenant is and may do."""

    rules: ClassVar[Rules] = TENANT_RULES

    display_name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    state: TenantState = TenantState.ACTIVE
    venues: tuple[Venue, ...] = Field(min_length=1, max_length=16)
    billing: Billing = Billing()
    limits: Limits = Limits()
    credentials: Credentials = Credentials()


class Tenant(Described):
    """A business that offers strategies to its users (cluster-scoped)."""

    kind: Literal["Tenant"] = "Tenant"
    spec: TenantSpec
