"""The one writer of the ledger: lock and read accounts, let core fold, write once.

It runs inside the caller's transaction and locks accounts in id order, last of the lock order.
"""

from collections.abc import Iterable
from datetime import datetime

from ironbull_app.db.unit_of_work import Tx
from ironbull_core.ledger import AccountRef, Book, State
from ironbull_messages.ids import LedgerAccountId, TxnId


async def open_book(tx: Tx, accounts: Iterable[AccountRef], causes: Iterable[TxnId]) -> Book:
    """Lock accounts (made where missing) and return them as a book.

    Args:
        tx: the caller's transaction.
        accounts: every account that may be named.
        causes: ids of the transactions that may be asked for.
    """
    wanted = sorted(set(accounts), key=lambda account: account.id)
    await tx.execute(
        """INSERT INTO ledger_account (tenant_id, id, kind, owner, floor)
        SELECT * FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::text[], %s::bigint[])
        ON CONFLICT DO NOTHING""",
        (
            [one.tenant for one in wanted],
            [one.id for one in wanted],
            [one.kind.value for one in wanted],
            [one.owner for one in wanted],
            [one.floor for one in wanted],
        ),
    )
    rows = await tx.rows(
        """SELECT a.id, a.balance, a.version FROM ledger_account a
        JOIN unnest(%s::text[], %s::uuid[]) AS w (tenant_id, id)
            ON w.tenant_id = a.tenant_id AND w.id = a.id
        ORDER BY a.id FOR NO KEY UPDATE OF a""",
        ([one.tenant for one in wanted], [one.id for one in wanted]),
    )
    states = {LedgerAccountId(row["id"]): State(row["balance"], row["version"]) for row in rows}
    known = await tx.rows(
        "SELECT id, body FROM txn WHERE tenant_id = ANY(%s) AND id = ANY(%s)",
        (sorted({one.tenant for one in wanted}), list(set(causes))),
    )
    return Book(states, {TxnId(row["id"]): row["body"] for row in known})


async def write(tx: Tx, book: Book, effective_at: datetime | None) -> None:
    """Write what the book has posted: transactions, entries and balances, one statement each.

    Args:
        tx: the transaction in which the book was opened.
        book: with what was posted.
        effective_at: when it took effect; None: now.
    """
    if not book.requests:
        return
    requests, entries = book.requests, book.entries
    await tx.execute(
        """INSERT INTO txn (tenant_id, id, kind, idempotency_key, body, effective_at, booked_at)
        SELECT *, coalesce(%s::timestamptz, now()), clock_timestamp()
        FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[])""",
        (
            effective_at,
            [one.tenant for one in requests],
            [one.id for one in requests],
            [one.kind.value for one in requests],
            [one.cause for one in requests],
            [one.body for one in requests],
        ),
    )
    await tx.execute(
        """INSERT INTO entry (tenant_id, account_id, version, txn_id, amount, balance_after,
            booked_at)
        SELECT *, clock_timestamp() FROM unnest(%s::text[], %s::uuid[], %s::bigint[], %s::uuid[],
            %s::bigint[], %s::bigint[])""",
        (
            [one.account.tenant for one in entries],
            [one.account.id for one in entries],
            [one.version for one in entries],
            [one.txn_id for one in entries],
            [one.minor for one in entries],
            [one.balance_after for one in entries],
        ),
    )
    last = {one.account: one for one in entries}
    await tx.execute(
        """UPDATE ledger_account a SET balance = w.balance, version = w.version
        FROM unnest(%s::text[], %s::uuid[], %s::bigint[], %s::bigint[])
            AS w (tenant_id, id, balance, version)
        WHERE a.tenant_id = w.tenant_id AND a.id = w.id""",
        (
            [one.account.tenant for one in last.values()],
            [one.account.id for one in last.values()],
            [one.balance_after for one in last.values()],
            [one.version for one in last.values()],
        ),
    )
