"""SQL of merchant keys: which of them a tenant signs with, and until when."""

from datetime import datetime, timedelta

from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.merchant_keys import Key


class MerchantKeyStore:
    """One transaction of the platform role."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def has_tenant(self, tenant: str) -> bool:
        """Lock a tenant and tell whether it exists."""
        row = await self._tx.row(
            "SELECT 1 FROM tenant WHERE tenant_id = %s FOR NO KEY UPDATE", (tenant,)
        )
        return row is not None

    async def generation(self, tenant: str) -> int:
        """Return the newest generation of a tenant's keys; 0: it has none."""
        row = await self._tx.row(
            "SELECT max(generation) AS newest FROM merchant_key WHERE tenant_id = %s", (tenant,)
        )
        return 0 if row is None or row["newest"] is None else int(row["newest"])

    async def owner(self, key_id: str) -> str | None:
        """Return whose key this is; None: nobody's."""
        row = await self._tx.row("SELECT tenant_id FROM merchant_key WHERE key_id = %s", (key_id,))
        return None if row is None else str(row["tenant_id"])

    async def save(self, key: Key) -> None:
        """Store a key that is new."""
        sealed = key.envelope
        await self._tx.execute(
            """INSERT INTO merchant_key
                (tenant_id, key_id, generation, key_version, wrapped_key, sealed)
            VALUES (%s, %s, %s, %s, %s, %s)""",
            (
                *(key.tenant, key.key_id, key.generation),
                *(sealed.key_version, sealed.wrapped_key, sealed.sealed),
            ),
        )

    async def retire(self, tenant: str, before: int, overlap: timedelta) -> None:
        """Let the keys of older generations end so long from now, or earlier if they do."""
        await self._tx.execute(
            """UPDATE merchant_key SET expires_at = now() + %s
            WHERE tenant_id = %s AND generation < %s
                AND (expires_at IS NULL OR expires_at > now() + %s)""",
            (overlap, tenant, before, overlap),
        )

    async def last_end(self, tenant: str) -> datetime | None:
        """Return when the last retired key ends; None: none is retired."""
        row = await self._tx.row(
            "SELECT max(expires_at) AS last FROM merchant_key WHERE tenant_id = %s", (tenant,)
        )
        found: datetime | None = None if row is None else row["last"]
        return found
