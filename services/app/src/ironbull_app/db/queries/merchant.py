"""What does a tenant read? Rows as they are shown; the transaction sees one tenant alone."""

from typing import Any, Final, LiteralString

from ironbull_app.db.unit_of_work import Tx

Rows = list[dict[str, Any]]


async def users(tx: Tx, tenant: str, page: dict[str, Any]) -> Rows:
    """Return users with their point cards."""
    return await tx.rows(_USERS, {"tenant": tenant, **page})


async def user(tx: Tx, tenant: str, user_id: object) -> dict[str, Any] | None:
    """Return one user with point cards, rewards and accounts."""
    return await tx.row(_USER, {"tenant": tenant, "user": user_id})


async def accounts(tx: Tx, tenant: str, user_id: object) -> Rows:
    """Return a user's exchange accounts, without keys."""
    return await tx.rows(
        """SELECT id, venue, label, state AS status, failure, venue_code, equity_usdt,
            available_usdt, read_at FROM exchange_account
        WHERE tenant_id = %s AND user_id = %s ORDER BY created_at, id""",
        (tenant, user_id),
    )


async def subscriptions(tx: Tx, tenant: str, user_id: object) -> Rows:
    """Return a user's subscriptions with profit and trades (C-T11)."""
    return await tx.rows(
        """SELECT s.id, s.account_id, s.strategy, s.is_open, s.capital_usdt, s.leverage,
            s.risk_mode, s.max_loss_usdt, s.ratio_percent,
            (SELECT count(*) FROM trade t WHERE t.tenant_id = s.tenant_id
                AND t.subscription_id = s.id) AS trades,
            (SELECT coalesce(sum(t.net_usdt), 0) FROM trade t WHERE t.tenant_id = s.tenant_id
                AND t.subscription_id = s.id) AS net_usdt
        FROM subscription s WHERE s.tenant_id = %s AND s.user_id = %s
        ORDER BY s.created_at, s.id""",
        (tenant, user_id),
    )


async def strategies(tx: Tx, tenant: str) -> Rows:
    """Return the tenant's strategies."""
    return await tx.rows(
        """SELECT name, version, is_running, timeframe, symbols,
            spec -> 'classRef' ->> 'name' AS class, spec -> 'parameters' AS parameters
        FROM strategy WHERE tenant_id = %s AND closed_at IS NULL ORDER BY name""",
        (tenant,),
    )


async def listing(tx: Tx, what: str, tenant: str, page: dict[str, Any]) -> Rows:
    """Return a page of `signals`, `orders`, `fills`, `positions` or `trades`."""
    return await tx.rows(LISTS[what], {"tenant": tenant, **page})


async def balances(tx: Tx, tenant: str) -> tuple[dict[str, int], Rows]:
    """Return the stock by kind in minor units, and point cards and rewards by user."""
    stock = await tx.rows(
        """SELECT kind, balance FROM ledger_account
        WHERE tenant_id = %s AND kind IN ('stock_self', 'stock_gift')""",
        (tenant,),
    )
    held = await tx.rows(_HELD, {"tenant": tenant})
    return {row["kind"]: row["balance"] for row in stock}, held


_USERS: Final[LiteralString] = """
SELECT u.id, u.created_at AS page_at, u.email, u.invite_code, u.inviter_id, u.is_root,
    u.is_market_node, u.is_active
FROM users u WHERE u.tenant_id = %(tenant)s AND (u.created_at, u.id) < (%(at)s, %(id)s)
ORDER BY 2 DESC, 1 DESC LIMIT %(limit)s
"""

_USER: Final[LiteralString] = """
SELECT u.id, u.email, u.invite_code, u.inviter_id, u.is_root, u.is_market_node, u.is_active,
    (SELECT count(*) FROM users d WHERE d.tenant_id = u.tenant_id AND d.inviter_id = u.id)
        AS direct_members,
    (SELECT count(*) FROM users d WHERE d.tenant_id = u.tenant_id AND d.path @> ARRAY[u.id])
        AS team_members
FROM users u WHERE u.tenant_id = %(tenant)s AND u.id = %(user)s
"""

_HELD: Final[LiteralString] = """
SELECT u.id AS user_id, u.email,
    coalesce(max(l.balance) FILTER (WHERE l.kind = 'points_self'), 0) AS points_self,
    coalesce(max(l.balance) FILTER (WHERE l.kind = 'points_gift'), 0) AS points_gift,
    coalesce(max(l.balance) FILTER (WHERE l.kind = 'rewards'), 0) AS rewards
FROM users u
LEFT JOIN ledger_account l ON l.tenant_id = u.tenant_id AND l.owner = u.id::text
WHERE u.tenant_id = %(tenant)s GROUP BY u.id, u.email, u.created_at ORDER BY u.created_at, u.id
LIMIT 1000
"""

LISTS: Final[dict[str, LiteralString]] = {
    "signals": """
SELECT s.id, s.accepted_at AS page_at, s.strategy, s.strategy_version, s.symbol, s.timeframe,
    s.close_at, s.action, s.leg, s.price, s.stop_loss, s.take_profit, s.confidence, s.reason,
    s.refusal, s.numbers,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('order_id', o.id, 'subscription_id',
        o.subscription_id, 'state', o.state, 'reason', o.reason) ORDER BY o.id), '[]')
        FROM orders o WHERE o.tenant_id = s.tenant_id AND o.signal_id = s.id) AS orders,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('subscription_id', r.subscription_id, 'code',
        r.code, 'numbers', r.numbers) ORDER BY r.subscription_id), '[]')
        FROM signal_refusal r WHERE r.tenant_id = s.tenant_id AND r.signal_id = s.id) AS refusals
FROM signal s WHERE s.tenant_id = %(tenant)s AND (s.accepted_at, s.id) < (%(at)s, %(id)s)
ORDER BY 2 DESC, 1 DESC LIMIT %(limit)s
""",
    "orders": """
SELECT o.id, o.created_at AS page_at, o.signal_id, o.account_id, o.subscription_id, o.symbol,
    o.action, o.leg, o.side, o.quantity, o.leverage, o.state, o.reason, o.venue_code,
    o.filled_quantity, o.booked_quantity, o.venue_order_id, o.client_order_id, o.close_reason,
    o.stop_loss, o.take_profit, o.updated_at
FROM orders o WHERE o.tenant_id = %(tenant)s AND (o.created_at, o.id) < (%(at)s, %(id)s)
ORDER BY 2 DESC, 1 DESC LIMIT %(limit)s
""",
    "positions": """
SELECT p.id, p.opened_at AS page_at, p.account_id, p.subscription_id, p.symbol, p.leg,
    p.entered - p.exited AS quantity, p.entry_value / p.entered AS entry_price, p.fees_usdt,
    p.stop_loss, p.take_profit, p.closed_at, p.close_reason
FROM position p WHERE p.tenant_id = %(tenant)s AND (p.opened_at, p.id) < (%(at)s, %(id)s)
ORDER BY 2 DESC, 1 DESC LIMIT %(limit)s
""",
    "trades": """
SELECT t.id, t.closed_at AS page_at, t.user_id, t.account_id, t.subscription_id, t.symbol, t.leg,
    t.quantity, t.gross_usdt, t.fees_usdt, t.net_usdt, t.charge, t.paid_self, t.paid_gift,
    t.unpaid, t.close_reason, t.opened_at
FROM trade t WHERE t.tenant_id = %(tenant)s AND (t.closed_at, t.id) < (%(at)s, %(id)s)
ORDER BY 2 DESC, 1 DESC LIMIT %(limit)s
""",
}
