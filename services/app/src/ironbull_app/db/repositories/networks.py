"""SQL of the referral tree: who stands above a user, with equity and team as they are now."""

from collections.abc import Sequence
from typing import Any, Final

from ironbull_app.db.unit_of_work import Tx
from ironbull_core.levels import level_of
from ironbull_core.network import Ancestor, Network
from ironbull_messages.ids import UserId

_TREE: Final = """
WITH source AS (
    SELECT u.tenant_id, u.id, u.path FROM users u
    JOIN unnest(%s::text[], %s::uuid[]) AS w (tenant_id, id)
        ON w.tenant_id = u.tenant_id AND w.id = u.id),
line AS (
    SELECT s.tenant_id, s.id AS source_id, p.user_id, p.depth
    FROM source s, unnest(s.path || s.id) WITH ORDINALITY AS p (user_id, depth)),
equity AS (
    SELECT a.tenant_id, a.user_id, sum(coalesce(a.equity_usdt, 0)) AS usdt
    FROM exchange_account a
    WHERE a.state = 'ready' AND a.tenant_id IN (SELECT tenant_id FROM source) GROUP BY 1, 2),
team AS MATERIALIZED (
    SELECT d.tenant_id, up.user_id, sum(e.usdt) AS usdt
    FROM equity e
    JOIN users d ON d.tenant_id = e.tenant_id AND d.id = e.user_id
    CROSS JOIN LATERAL unnest(d.path) AS up (user_id) GROUP BY 1, 2)
SELECT l.tenant_id, l.source_id, l.user_id, l.depth, u.is_root, u.is_market_node,
    coalesce(e.usdt, 0) AS self_hold, coalesce(t.usdt, 0) AS team
FROM line l
JOIN users u ON u.tenant_id = l.tenant_id AND u.id = l.user_id
LEFT JOIN equity e ON e.tenant_id = l.tenant_id AND e.user_id = l.user_id
LEFT JOIN team t ON t.tenant_id = l.tenant_id AND t.user_id = l.user_id
ORDER BY l.tenant_id, l.source_id, l.depth DESC
"""


async def above(tx: Tx, users: Sequence[tuple[str, UserId]]) -> dict[tuple[str, UserId], Network]:
    """Return the tree above each user: ancestors nearest first, the tenant's root apart."""
    rows = await tx.rows(_TREE, ([tenant for tenant, _ in users], [user for _, user in users]))
    lines: dict[tuple[str, UserId], list[dict[str, Any]]] = {}
    for row in rows:
        lines.setdefault((row["tenant_id"], UserId(row["source_id"])), []).append(row)
    return {key: _network(line) for key, line in lines.items()}


def _network(line: Sequence[dict[str, Any]]) -> Network:
    """Read a line from its source up to the root."""
    source, *above_it = line
    root = line[-1]
    return Network(
        source_level=level_of(source["self_hold"], source["team"]),
        ancestors=tuple(
            Ancestor(
                user_id=UserId(row["user_id"]),
                level=level_of(row["self_hold"], row["team"]),
                is_market_node=row["is_market_node"],
                self_hold_usdt=row["self_hold"],
            )
            for row in above_it
            if not row["is_root"]
        ),
        root_id=UserId(root["user_id"]),
    )
