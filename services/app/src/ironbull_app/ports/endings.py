"""What flows that end tenants, strategies and pools need of the database."""

from dataclasses import dataclass
from typing import Protocol

from ironbull_app.ports.documents import Stored


@dataclass(frozen=True, slots=True)
class OpenThing:
    """A position or an order that is not over.

    Args:
        label: what the user calls the account.
        what: `position LONG 0.5`, or `order OPEN unknown`.
    """

    account_id: str
    label: str
    symbol: str
    what: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """What of a tenant, or of one strategy of it, is not over yet.

    Args:
        orders: those whose outcome is not final, unknown ones among them.
        shown: the oldest few.
    """

    positions: int
    orders: int
    unknown: int
    shown: tuple[OpenThing, ...]

    @property
    def is_nothing(self) -> bool:
        """Say whether all is over."""
        return not self.positions and not self.orders


class EndingStore(Protocol):
    """One transaction of the platform role."""

    async def tenant(self, name: str) -> Stored | None:
        """Lock and return what is stored of a tenant; None: nothing."""
        ...

    async def unresolved(self, tenant: str, strategy: str | None = None) -> Unresolved:
        """Return what is not over; of one strategy, or of the whole tenant."""
        ...

    async def close_strategy(self, tenant: str, name: str, uid: str) -> bool:
        """Close a strategy and whoever follows it; False: no open one has this uid."""
        ...

    async def close_pool(self, tenant: str, name: str, uid: str) -> bool:
        """Close a pool and want none of its members; False: no open one has this uid."""
        ...

    async def close_tenant(self, tenant: str) -> None:
        """Close a tenant with all that it has."""
        ...

    async def erase_people(self, tenant: str) -> None:
        """Make users unrecognisable and their exchange keys unusable, for ever."""
        ...
