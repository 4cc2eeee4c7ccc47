"""What of the platform API does the operator call?"""

from collections.abc import Mapping
from typing import Any, Protocol

from ironbull_kit.secret import Secret


class PlatformApi(Protocol):
    """What of the platform API is called; see the kit's `PlatformClient`."""

    async def put_tenant(
        self, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Tell a tenant's document; the answer holds `engine_token`."""

    async def put_strategy(
        self, tenant: str, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Tell a strategy's document; the answer holds its `kill_switch`."""

    async def put_node(
        self, tenant: str, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Tell a pool's document; the answer holds `members: [{index, token}]`."""

    async def put_merchant_key(
        self, tenant: str, key_id: str, key: Secret, generation: int, overlap_seconds: int
    ) -> dict[str, Any]:
        """Tell with which secret a tenant signs; the answer holds `retired_until`."""

    async def get_members(self, tenant: str, pool: str) -> dict[str, Any]:
        """Return how a pool's members are: `members: [{token, is_alive, accounts, …}]`."""

    async def get_unresolved(self, tenant: str) -> dict[str, Any]:
        """Return what of a tenant is not over: counts, and `rows` of the oldest."""

    async def end_tenant(
        self, name: str, uid: str, *, is_erased: bool, is_forced: bool
    ) -> dict[str, Any]:
        """Close a tenant of this uid."""

    async def end_strategy(self, tenant: str, name: str, uid: str) -> dict[str, Any]:
        """Close a strategy of this uid."""

    async def end_node(self, tenant: str, name: str, uid: str) -> dict[str, Any]:
        """Close a pool of this uid."""

    async def get_hashes(self) -> dict[str, Any]:
        """Return uid and generation of each document that is held."""

    async def get_kill_switches(self) -> dict[str, Any]:
        """Return every kill switch that was ever turned."""
