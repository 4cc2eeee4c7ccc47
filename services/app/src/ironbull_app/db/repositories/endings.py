"""SQL of what ends: nothing is deleted, rows say since when they are closed."""

from typing import Final, LiteralString

from ironbull_app.db.repositories.documents import DocumentStore
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.documents import Stored
from ironbull_app.ports.endings import OpenThing, Unresolved
from ironbull_messages.words import TERMINAL_STATES, OrderState

MAX_SHOWN: Final = 20

_UNRESOLVED: Final[LiteralString] = """
WITH found AS (
    SELECT 'position ' || p.leg || ' ' || trim_scale(p.entered - p.exited) AS what, p.account_id,
        p.symbol, p.opened_at AS since, p.subscription_id, NULL AS state
    FROM position p WHERE p.tenant_id = %(tenant)s AND p.closed_at IS NULL
    UNION ALL
    SELECT 'order ' || o.action || ' ' || o.state, o.account_id, o.symbol, o.created_at,
        o.subscription_id, o.state
    FROM orders o WHERE o.tenant_id = %(tenant)s AND o.state <> ALL(%(terminal)s)
)
SELECT f.what, f.account_id, a.label, f.symbol,
    count(*) FILTER (WHERE f.state IS NULL) OVER () AS positions,
    count(f.state) OVER () AS orders,
    count(*) FILTER (WHERE f.state = %(unknown)s) OVER () AS unknown
FROM found f
JOIN exchange_account a ON a.tenant_id = %(tenant)s AND a.id = f.account_id
LEFT JOIN subscription s ON s.tenant_id = %(tenant)s AND s.id = f.subscription_id
WHERE %(strategy)s::text IS NULL OR s.strategy = %(strategy)s
ORDER BY f.state NULLS FIRST, f.since LIMIT %(rows)s"""


class EndingStore:
    """One transaction of the platform role."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def tenant(self, name: str) -> Stored | None:
        """Lock and return what is stored of a tenant; None: nothing."""
        return await DocumentStore(self._tx).tenant(name)

    async def unresolved(self, tenant: str, strategy: str | None = None) -> Unresolved:
        """Return what is not over; of one strategy, or of the whole tenant."""
        rows = await self._tx.rows(
            _UNRESOLVED,
            {
                "tenant": tenant,
                "strategy": strategy,
                "terminal": [state.value for state in TERMINAL_STATES],
                "unknown": OrderState.UNKNOWN.value,
                "rows": MAX_SHOWN,
            },
        )
        if not rows:
            return Unresolved(0, 0, 0, ())
        counts = rows[0]
        return Unresolved(
            counts["positions"],
            counts["orders"],
            counts["unknown"],
            tuple(
                OpenThing(str(row["account_id"]), row["label"], row["symbol"], row["what"])
                for row in rows
            ),
        )

    async def close_strategy(self, tenant: str, name: str, uid: str) -> bool:
        """Close a strategy and whoever follows it; False: no open one has this uid."""
        count = await self._tx.execute(
            """UPDATE strategy SET is_running = false, closed_at = now()
            WHERE tenant_id = %s AND name = %s AND uid = %s AND closed_at IS NULL""",
            (tenant, name, uid),
        )
        if count == 1:
            await self._tx.execute(
                "UPDATE subscription SET is_open = false WHERE tenant_id = %s AND strategy = %s",
                (tenant, name),
            )
        return count == 1

    async def close_pool(self, tenant: str, name: str, uid: str) -> bool:
        """Close a pool and want none of its members; False: no open one has this uid."""
        count = await self._tx.execute(
            """UPDATE pool SET replicas = 0, closed_at = now()
            WHERE tenant_id = %s AND name = %s AND uid = %s AND closed_at IS NULL""",
            (tenant, name, uid),
        )
        if count == 1:
            await self._tx.execute(
                "UPDATE member SET is_wanted = false WHERE tenant_id = %s AND pool = %s",
                (tenant, name),
            )
        return count == 1

    async def close_tenant(self, tenant: str) -> None:
        """Close a tenant with all that it has."""
        for statement in _CLOSE:
            await self._tx.execute(statement, (tenant,))

    async def erase_people(self, tenant: str) -> None:
        """Make users unrecognisable and their exchange keys unusable, for ever."""
        for statement in _ERASE:
            await self._tx.execute(statement, (tenant,))


_CLOSE: Final[tuple[LiteralString, ...]] = (
    """UPDATE tenant SET is_active = false, closed_at = coalesce(closed_at, now())
    WHERE tenant_id = %s""",
    """UPDATE strategy SET is_running = false, closed_at = coalesce(closed_at, now())
    WHERE tenant_id = %s""",
    "UPDATE pool SET replicas = 0, closed_at = coalesce(closed_at, now()) WHERE tenant_id = %s",
    "UPDATE member SET is_wanted = false WHERE tenant_id = %s",
    "UPDATE subscription SET is_open = false WHERE tenant_id = %s",
)
_ERASE: Final[tuple[LiteralString, ...]] = (
    """UPDATE tenant SET erased_at = coalesce(erased_at, now()), display_name = tenant_id,
        spec = jsonb_set(spec, '{displayName}', to_jsonb(tenant_id))
    WHERE tenant_id = %s""",
    """UPDATE users SET email = 'erased-' || id || '@tenant.invalid', is_active = false
    WHERE tenant_id = %s AND NOT is_root""",
    """UPDATE exchange_account SET state = 'unbound', label = '', member_token = NULL,
        wrapped_key = '', sealed = '', key_hash = id::text
    WHERE tenant_id = %s""",
    """UPDATE merchant_key SET wrapped_key = '', sealed = '', expires_at = now()
    WHERE tenant_id = %s""",
    # Answers that were kept for repeats hold names and addresses too.
    "DELETE FROM idempotency WHERE tenant_id = %s",
)
