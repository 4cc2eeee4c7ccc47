"""SQL of kill switches: an append-only history whose newest event counts."""

from collections.abc import Mapping
from typing import Any, Final

from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.kill_switches import SCOPE, Author, Guarded, SwitchEvent
from ironbull_messages.refusals import Refusal
from ironbull_messages.words import KillSwitch

CHANNEL: Final = "control"
"""Rung when a switch was turned: members' snapshots are to be pushed."""
MAX_SHOWN: Final = 100


class KillSwitchStore:
    """One transaction of the platform role."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def lock(self, tenant: str, strategy: str) -> Guarded | None:
        """Lock a strategy and return how its switch is; None: the tenant has none of this name."""
        row = await self._tx.row(
            """SELECT uid, generation, spec->>'killSwitch' AS said FROM strategy
            WHERE tenant_id = %s AND name = %s FOR NO KEY UPDATE""",
            (tenant, strategy),
        )
        if row is None:
            return None
        newest = await history(self._tx, tenant, strategy, 1)
        return Guarded(
            uid=row["uid"],
            generation=row["generation"],
            document_trips=row["said"] == KillSwitch.TRIPPED,
            newest=newest[0] if newest else None,
        )

    async def turn(
        self, tenant: str, strategy: str, author: Author, *, is_tripped: bool
    ) -> SwitchEvent:
        """Add a turn to the history; members' snapshots are outdated, and new ones are pushed."""
        row = await self._tx.row(
            """INSERT INTO kill_switch_event (tenant_id, strategy, scope, is_tripped, by, reason,
                request_id)
            VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING *""",
            (tenant, strategy, SCOPE, is_tripped, author.by, author.reason, author.request_id),
        )
        if row is None:
            raise LookupError(f"the switch of {tenant}/{strategy} was not turned")
        await self._tx.execute("UPDATE platform_state SET control_version = control_version + 1")
        await self._tx.execute("SELECT pg_notify('control', '')")
        return _event(row)

    async def stop_openings(self, tenant: str, strategy: str, why: Refusal) -> int:
        """Wait for what is being planned, then cancel openings that were never sent."""
        await self._tx.execute(
            """SELECT 1 FROM exchange_account a WHERE (a.tenant_id, a.id) IN (
                SELECT s.tenant_id, s.account_id FROM subscription s
                WHERE s.tenant_id = %s AND s.strategy = %s)
            ORDER BY a.id FOR NO KEY UPDATE""",
            (tenant, strategy),
        )
        return await self._tx.execute(
            """UPDATE orders o SET state = 'cancelled', reason = %s, updated_at = now()
            FROM subscription s
            WHERE s.tenant_id = o.tenant_id AND s.id = o.subscription_id AND o.tenant_id = %s
                AND s.strategy = %s AND o.state = 'planned' AND o.action IN ('OPEN', 'ADD')""",
            (why.value, tenant, strategy),
        )


async def history(tx: Tx, tenant: str, strategy: str, limit: int) -> list[SwitchEvent]:
    """Return the turns of a strategy's switch, the newest first."""
    rows = await tx.rows(
        """SELECT is_tripped, by, reason, request_id, at FROM kill_switch_event
        WHERE tenant_id = %s AND strategy = %s ORDER BY position DESC LIMIT %s""",
        (tenant, strategy, min(limit, MAX_SHOWN)),
    )
    return [_event(row) for row in rows]


async def tripped(tx: Tx, tenant: str, limit: int) -> list[str]:
    """Return strategies of a tenant whose switch is tripped, in order of their names."""
    rows = await tx.rows(
        """SELECT strategy FROM (
            SELECT DISTINCT ON (strategy) strategy, is_tripped FROM kill_switch_event
            WHERE tenant_id = %s ORDER BY strategy, position DESC) newest
        WHERE is_tripped ORDER BY strategy LIMIT %s""",
        (tenant, limit),
    )
    return [row["strategy"] for row in rows]


async def turned(tx: Tx) -> dict[tuple[str, str], SwitchEvent]:
    """Return the newest turn of every switch that was ever tripped, by tenant and strategy."""
    rows = await tx.rows(
        """SELECT DISTINCT ON (tenant_id, strategy) * FROM kill_switch_event
        ORDER BY tenant_id, strategy, position DESC"""
    )
    return {(row["tenant_id"], row["strategy"]): _event(row) for row in rows}


def _event(row: Mapping[str, Any]) -> SwitchEvent:
    return SwitchEvent(
        is_tripped=row["is_tripped"],
        by=row["by"],
        reason=row["reason"],
        request_id=row["request_id"],
        at=row["at"],
    )
