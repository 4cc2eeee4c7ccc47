"""What the flow about merchant keys needs of the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ironbull_kit.seal import Envelope


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is told.

    Args:
        generation: counts the keys of a tenant, from 1.
        envelope: holds its secret.
    """

    tenant: str
    key_id: str
    generation: int
    envelope: Envelope


class MerchantKeyStore(Protocol):
    """One transaction of the platform role."""

    async def has_tenant(self, tenant: str) -> bool:
        """Lock a tenant and tell whether it exists."""
        ...

    async def generation(self, tenant: str) -> int:
        """Return the newest generation of a tenant's keys; 0: it has none."""
        ...

    async def owner(self, key_id: str) -> str | None:
        """Return whose key this is; None: nobody's."""
        ...

    async def save(self, key: Key) -> None:
        """Store a key that is new."""
        ...

    async def retire(self, tenant: str, before: int, overlap: timedelta) -> None:
        """Let the keys of older generations end so long from now, or earlier if they do."""
        ...

    async def last_end(self, tenant: str) -> datetime | None:
        """Return when the last retired key ends; None: none is retired."""
        ...
