"""How are the members of a pool? As the fleet heard of them last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ironbull_app.db.unit_of_work import Tx

MAX_MEMBERS: Final = 200
"""Of one pool: those that it should have, and those that leave."""


@dataclass(frozen=True, slots=True)
class PoolMember:
    """One member.

    Args:
        is_wanted: the pool should have it.
        is_alive: its lease is not over.
        accounts: that it holds.
        unknown_tasks: orders whose outcome it looks for.
        last_beat_at: None: it never came.
    """

    index: int
    token: str
    is_wanted: bool
    is_alive: bool
    accounts: int
    unknown_tasks: int
    last_beat_at: datetime | None


async def of_pool(tx: Tx, tenant: str, pool: str) -> list[PoolMember]:
    """Return the members of a pool by index; none: there is no such pool."""
    rows = await tx.rows(
        """SELECT m.index, m.token, m.is_wanted, coalesce(m.lease_until > now(), false) AS is_alive,
                  m.unknown_tasks, m.last_beat_at,
                  (SELECT count(*) FROM exchange_account a
                   WHERE a.tenant_id = m.tenant_id AND a.member_token = m.token) AS accounts
           FROM member m WHERE m.tenant_id = %s AND m.pool = %s ORDER BY m.index LIMIT %s""",
        (tenant, pool, MAX_MEMBERS),
    )
    return [PoolMember(**row) for row in rows]
