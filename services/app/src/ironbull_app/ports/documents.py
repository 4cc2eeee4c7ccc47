"""What flows about documents need of the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ironbull_messages.resources import ExecutionNodeSpec, StrategySpec, TenantSpec


@dataclass(frozen=True, slots=True)
class Told:
    """A document as it is told: of which object, and which generation of it."""

    name: str
    uid: str
    generation: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of an object.

    Args:
        is_closed: it was deleted, and its name may come again.
        is_erased: so were its people; the name may not come again.
        feed: of a pool.
        spec: as it was told last; None: it was not asked for.
    """

    uid: str
    generation: int
    is_closed: bool = False
    is_erased: bool = False
    feed: str = ""
    spec: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class MemberToken:
    """A member of a pool and the id that the platform gave it."""

    index: int
    token: str


class DocumentStore(Protocol):
    """One transaction of the platform role."""

    async def tenant(self, name: str) -> Stored | None:
        """Lock and return what is stored of a tenant; None: nothing."""
        ...

    async def save_tenant(self, told: Told, spec: TenantSpec) -> str:
        """Store a tenant; return its engine's token, made once."""
        ...

    async def strategy(self, tenant: str, name: str) -> Stored | None:
        """Lock and return what is stored of a strategy; None: nothing."""
        ...

    async def save_strategy(self, tenant: str, told: Told, feed: str, spec: StrategySpec) -> None:
        """Store a strategy."""
        ...

    async def pool(self, tenant: str, name: str) -> Stored | None:
        """Lock and return what is stored of a pool; None: nothing."""
        ...

    async def save_pool(self, tenant: str, told: Told, feed: str, spec: ExecutionNodeSpec) -> None:
        """Store a pool."""
        ...

    async def members(self, tenant: str, pool: str, replicas: int) -> list[MemberToken]:
        """Return the wanted members; tokens are made once and kept, others are no longer wanted."""
        ...

    async def venue_feed(self, tenant: str, venue: str) -> str | None:
        """Return the feed of a tenant's venue; None: it has none of this name."""
        ...

    async def open_at(self, tenant: str, venue: str, feed: str) -> int:
        """Return how many positions and orders of a venue's accounts of a feed are not over."""
        ...

    async def move_venue(self, tenant: str, venue: str, feed: str) -> None:
        """Have the pools of a venue serve another feed, and unbind accounts of all others."""
        ...

    async def listed(self, feed: str) -> frozenset[str]:
        """Return the symbols that a feed's venue lists; empty: it was not asked yet."""
        ...
