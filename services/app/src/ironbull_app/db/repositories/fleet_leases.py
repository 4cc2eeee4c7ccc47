"""Which accounts are free or idle, and who has room for them? SQL of the leases' beginning."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ironbull_app.db.repositories.unfinished import UNFINISHED
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.fleet import MAX_ACCOUNTS, Candidate, FreeAccount
from ironbull_messages.ids import ExchangeAccountId

MAX_ASSIGNED: Final = 1_000
"""Accounts of one pass; the next pass goes on."""
MAX_LOOKED_AT: Final = 2_000
"""Accounts that one pass locks to find idle ones among them."""


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


async def idle_accounts(tx: Tx, tenant: str, holders: Mapping[str, int]) -> list[FreeAccount]:
    """Lock and return accounts with nothing in flight, at most so many of each holder.

    Whoever plans an order or sends a task holds its account's lock: one that is locked is left out,
    and what is in flight is looked for after the locks, by a statement of its own, so that it sees
    what was committed just before.
    """
    locked = await tx.rows(
        """SELECT id, feed, member_token FROM exchange_account
           WHERE tenant_id = %s AND member_token = ANY(%s) AND state <> 'unbound'
           ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
        (tenant, list(holders), MAX_LOOKED_AT),
    )
    rows = await tx.rows(
        f"""SELECT id FROM unnest(%(ids)s::uuid[]) AS locked (id)
           WHERE NOT EXISTS (SELECT FROM orders o
                   WHERE o.tenant_id = %(tenant)s AND o.account_id = locked.id AND {UNFINISHED})
             AND locked.id NOT IN (SELECT t.account_id FROM task t
                   WHERE t.tenant_id = %(tenant)s AND t.done_at IS NULL)""",  # noqa: S608 - constants
        {"tenant": tenant, "ids": [row["id"] for row in locked]},
    )
    idle = {row["id"] for row in rows}
    taken: Counter[str] = Counter()
    found = []
    for row in locked:
        holder = row["member_token"]
        if row["id"] in idle and taken[holder] < holders[holder]:
            taken[holder] += 1
            found.append(FreeAccount(ExchangeAccountId(row["id"]), row["feed"], holder))
    return found
