"""How far is the demo, by tenant? Counted in the database, read-only."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

import psycopg
from psycopg.rows import class_row

MINOR_PER_USDT: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Tally:
    """One tenant's row of the live table."""

    tenant: str
    signals: int
    orders: int
    fills: int
    open: int
    closed: int
    charged: int
    unpaid: int
    gift: int
    commissions: int
    direct: int
    level_diff: int
    peer: int
    stops: int
    by_signal: int
    drift: int
    unknown: int
    in_flight: int
    unsent: int
    busy_members: int
    members: int
    serving_members: int


_QUERY: Final = """
WITH c AS (SELECT tenant_id, kind, sum(amount) AS amount FROM commission GROUP BY 1, 2)
SELECT t.tenant_id AS tenant,
    (SELECT count(*) FROM signal s WHERE s.tenant_id = t.tenant_id) AS signals,
    (SELECT count(*) FROM orders o WHERE o.tenant_id = t.tenant_id) AS orders,
    (SELECT count(*) FROM fill f WHERE f.tenant_id = t.tenant_id) AS fills,
    (SELECT count(*) FROM position p WHERE p.tenant_id = t.tenant_id AND closed_at IS NULL) AS open,
    d.closed, d.charged, d.unpaid, d.gift, d.stops, d.by_signal,
    (SELECT coalesce(sum(amount), 0)::bigint FROM c WHERE c.tenant_id = t.tenant_id
        AND kind NOT IN ('platform_retain', 'residue')) AS commissions,
    (SELECT coalesce(sum(amount), 0)::bigint FROM c WHERE c.tenant_id = t.tenant_id
        AND kind = 'direct') AS direct,
    (SELECT coalesce(sum(amount), 0)::bigint FROM c WHERE c.tenant_id = t.tenant_id
        AND kind = 'level_diff') AS level_diff,
    (SELECT coalesce(sum(amount), 0)::bigint FROM c WHERE c.tenant_id = t.tenant_id
        AND kind = 'peer') AS peer,
    (SELECT count(*) FROM venue_position v WHERE v.tenant_id = t.tenant_id
        AND v.differs >= 2) AS drift,
    (SELECT count(*) FROM orders o WHERE o.tenant_id = t.tenant_id
        AND state = 'unknown') AS unknown,
    (SELECT count(*) FROM orders o WHERE o.tenant_id = t.tenant_id AND state NOT IN
        ('filled', 'cancelled', 'rejected', 'expired', 'denied', 'not_sent')) AS in_flight,
    (SELECT count(*) FROM outbox b WHERE b.tenant_id = t.tenant_id AND sent_at IS NULL) AS unsent,
    (SELECT count(DISTINCT k.token) FROM task k JOIN fill f
        ON f.tenant_id = k.tenant_id AND f.order_id = k.order_id
        WHERE k.tenant_id = t.tenant_id) AS busy_members,
    (SELECT count(*) FROM member m WHERE m.tenant_id = t.tenant_id AND is_wanted) AS members,
    (SELECT count(*) FROM member m WHERE m.tenant_id = t.tenant_id AND is_wanted
        AND m.lease_until > now()) AS serving_members
FROM tenant t, LATERAL (
    SELECT count(*) AS closed, coalesce(sum(charge - unpaid), 0)::bigint AS charged,
        coalesce(sum(unpaid), 0)::bigint AS unpaid,
        coalesce(sum(paid_gift), 0)::bigint AS gift,
        count(*) FILTER (WHERE close_reason = 'STOP_LOSS') AS stops,
        count(*) FILTER (WHERE close_reason = 'SIGNAL') AS by_signal
    FROM trade WHERE tenant_id = t.tenant_id) d
ORDER BY t.tenant_id
"""


async def connect(url: str) -> psycopg.AsyncConnection[Tally]:
    """Connect read-only.

    Args:
        url: of the role that sees every tenant.
    """
    connection = await psycopg.AsyncConnection.connect(
        url, autocommit=True, row_factory=class_row(Tally)
    )
    await connection.set_read_only(True)
    return connection


async def read(connection: psycopg.AsyncConnection[Tally]) -> list[Tally]:
    """Return a row per tenant."""
    return await (await connection.execute(_QUERY)).fetchall()


def total(rows: list[Tally]) -> Tally:
    """Return the sum of all tenants."""
    counted = [field.name for field in fields(Tally) if field.name != "tenant"]
    return Tally(
        tenant="all", **{name: sum(getattr(row, name) for row in rows) for name in counted}
    )


def is_enough(rows: list[Tally], trades: int, by_signal_percent: int) -> bool:
    """Say whether every way was walked, so that the proof proves something."""
    all_of = total(rows)
    walked = (
        all_of.direct, all_of.level_diff, all_of.peer, all_of.gift, all_of.unpaid, all_of.stops,
    )  # fmt: skip
    return (
        all_of.closed >= trades
        and all(walked)
        and all_of.busy_members >= all_of.members
        and all_of.by_signal * 100 >= all_of.closed * by_signal_percent
    )


def usdt(minor: int) -> str:
    """Write minor units for a person, to the cent."""
    return f"{Decimal(minor) / MINOR_PER_USDT:.2f}"
