"""Which sums do not agree? Recomputed row by row; anything returned is a broken invariant."""

from dataclasses import dataclass
from typing import Final, LiteralString

from ironbull_app.db.unit_of_work import Tx

MAX_ROWS: Final = 100
"""Of one check: the first ones are enough to know that something is broken, and where."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing whose two sums differ."""

    tenant: str
    check: str
    subject: str
    stored: str
    computed: str


async def find(tx: Tx) -> list[Drift]:
    """Return every difference; an empty list is the only good answer."""
    return [
        Drift(row["tenant_id"], check, row["subject"], row["stored"], row["computed"])
        for check, statement in CHECKS.items()
        for row in await tx.rows(statement, (MAX_ROWS,))
    ]


CHECKS: Final[dict[str, LiteralString]] = {
    "balance": """SELECT a.tenant_id, a.kind || ':' || a.owner AS subject,
            a.balance || ' v' || a.version AS stored,
            coalesce(e.balance, 0) || ' v' || coalesce(e.version, 0) AS computed
        FROM ledger_account a
        LEFT JOIN (SELECT tenant_id, account_id, sum(amount) AS balance, max(version) AS version
            FROM entry GROUP BY tenant_id, account_id) e
            ON e.tenant_id = a.tenant_id AND e.account_id = a.id
        WHERE (a.balance, a.version) IS DISTINCT FROM
            (coalesce(e.balance, 0), coalesce(e.version, 0))
        ORDER BY a.tenant_id, subject LIMIT %s""",
    "transaction": """SELECT t.tenant_id, t.kind || ':' || t.idempotency_key AS subject,
            '0' AS stored, sum(e.amount)::text AS computed
        FROM txn t JOIN entry e ON e.tenant_id = t.tenant_id AND e.txn_id = t.id
        GROUP BY t.tenant_id, t.id, t.kind, t.idempotency_key HAVING sum(e.amount) <> 0
        ORDER BY t.tenant_id, subject LIMIT %s""",
    "entry": """SELECT tenant_id, account_id || ' v' || version AS subject,
            balance_after::text AS stored, running::text AS computed
        FROM (SELECT tenant_id, account_id, version, balance_after,
                sum(amount) OVER w AS running, row_number() OVER w AS place
            FROM entry WINDOW w AS (PARTITION BY tenant_id, account_id ORDER BY version)) e
        WHERE balance_after <> running OR version <> place
        ORDER BY tenant_id, subject LIMIT %s""",
    "profit_pool": """SELECT tenant_id, kind AS subject, balance::text AS stored, '0' AS computed
        FROM ledger_account WHERE kind = 'profit_pool' AND balance <> 0
        ORDER BY tenant_id LIMIT %s""",
    "order": """SELECT o.tenant_id, o.id::text AS subject, o.booked_quantity::text AS stored,
            coalesce(f.quantity, 0)::text AS computed
        FROM orders o LEFT JOIN (SELECT tenant_id, order_id, sum(quantity) AS quantity
            FROM fill GROUP BY tenant_id, order_id) f
            ON f.tenant_id = o.tenant_id AND f.order_id = o.id
        WHERE o.booked_quantity <> coalesce(f.quantity, 0)
        ORDER BY o.tenant_id, subject LIMIT %s""",
    "position": """SELECT p.tenant_id, p.account_id || ' ' || p.symbol AS subject,
            p.net::text AS stored, coalesce(f.net, 0)::text AS computed
        FROM (SELECT tenant_id, account_id, symbol, sum(CASE leg WHEN 'LONG' THEN 1 ELSE -1 END
                * (entered - exited)) AS net FROM position
            GROUP BY tenant_id, account_id, symbol) p
        LEFT JOIN (SELECT tenant_id, account_id, symbol,
                sum(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END) AS net
            FROM fill GROUP BY tenant_id, account_id, symbol) f
            USING (tenant_id, account_id, symbol)
        WHERE p.net <> coalesce(f.net, 0)
        ORDER BY p.tenant_id, subject LIMIT %s""",
    "charge": """SELECT t.tenant_id, t.id::text AS subject,
            t.charge || ' = ' || t.paid_self || ' + ' || t.paid_gift || ' + ' || t.unpaid
                AS stored,
            coalesce(e.self, 0) || ' + ' || coalesce(e.gift, 0) AS computed
        FROM trade t LEFT JOIN (
            SELECT x.tenant_id, x.idempotency_key AS cause,
                -sum(e.amount) FILTER (WHERE a.kind = 'points_self') AS self,
                -sum(e.amount) FILTER (WHERE a.kind = 'points_gift') AS gift
            FROM txn x JOIN entry e ON e.tenant_id = x.tenant_id AND e.txn_id = x.id
            JOIN ledger_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
            WHERE x.kind = 'profit_charge' GROUP BY x.tenant_id, x.idempotency_key) e
            ON e.tenant_id = t.tenant_id AND e.cause = t.id::text
        WHERE t.charge <> t.paid_self + t.paid_gift + t.unpaid
            OR (t.paid_self, t.paid_gift) IS DISTINCT FROM
                (coalesce(e.self, 0), coalesce(e.gift, 0))
        ORDER BY t.tenant_id, subject LIMIT %s""",
    "commission": """SELECT t.tenant_id, t.id::text AS subject, t.paid_self::text AS stored,
            coalesce(c.amount, 0)::text AS computed
        FROM trade t LEFT JOIN (SELECT tenant_id, trade_id, sum(amount) AS amount
            FROM commission GROUP BY tenant_id, trade_id) c
            ON c.tenant_id = t.tenant_id AND c.trade_id = t.id
        WHERE t.paid_self <> coalesce(c.amount, 0)
        ORDER BY t.tenant_id, subject LIMIT %s""",
}
"""What is compared, one name each; every statement reads whole tables, so it runs rarely."""
