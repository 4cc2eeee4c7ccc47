"""Which accounts are free, and who has room for them? SQL of the leases' beginning."""

from datetime import datetime
from typing import Final

from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.fleet import MAX_ACCOUNTS, Candidate, FreeAccount
from ironbull_messages.ids import ExchangeAccountId

MAX_ASSIGNED: Final = 1_000
"""Accounts of one pass; the next pass goes on."""


async def candidates(tx: Tx, tenant: str, now: datetime) -> list[Candidate]:
    """Let one transaction at a time lease a tenant's accounts, and return who takes some."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"leases of {tenant}",)
    )
    rows = await tx.rows(
        """SELECT m.token, p.feed, count(a.id) AS accounts
           FROM member m
           JOIN pool p ON p.tenant_id = m.tenant_id AND p.name = m.pool
           LEFT JOIN exchange_account a ON a.tenant_id = m.tenant_id
             AND a.member_token = m.token AND a.state <> 'unbound'
           WHERE m.tenant_id = %s AND m.is_wanted AND NOT m.is_draining AND m.lease_until > %s
           GROUP BY m.token, p.feed ORDER BY m.token""",
        (tenant, now),
    )
    return [Candidate(row["token"], row["feed"], row["accounts"]) for row in rows]


async def free_accounts(
    tx: Tx, tenant: str, now: datetime, *, take_over: bool
) -> list[FreeAccount]:
    """Lock and return accounts without a member that a living one has room for.

    Args:
        tx: the transaction.
        tenant: whose accounts.
        now: machine time.
        take_over: also return accounts of members whose lease has ended.
    """
    rows = await tx.rows(
        """SELECT a.id, a.feed, a.member_token FROM exchange_account a
           WHERE a.tenant_id = %(tenant)s AND a.state <> 'unbound'
             AND (a.member_token IS NULL OR (%(take_over)s AND EXISTS (
                 SELECT FROM member m WHERE m.tenant_id = a.tenant_id AND m.token = a.member_token
                   AND (m.lease_until IS NULL OR m.lease_until < %(now)s))))
             AND a.feed IN (
                 SELECT p.feed FROM member m
                 JOIN pool p ON p.tenant_id = m.tenant_id AND p.name = m.pool
                 LEFT JOIN exchange_account h ON h.tenant_id = m.tenant_id
                   AND h.member_token = m.token AND h.state <> 'unbound'
                 WHERE m.tenant_id = %(tenant)s AND m.is_wanted AND NOT m.is_draining
                   AND m.lease_until > %(now)s
                 GROUP BY m.token, p.feed HAVING count(h.id) < %(most)s)
           ORDER BY a.id LIMIT %(page)s FOR NO KEY UPDATE OF a""",
        {
            "tenant": tenant,
            "now": now,
            "take_over": take_over,
            "most": MAX_ACCOUNTS,
            "page": MAX_ASSIGNED,
        },
    )
    return [
        FreeAccount(ExchangeAccountId(row["id"]), row["feed"], row["member_token"]) for row in rows
    ]
