"""How are readings of venues kept in PostgreSQL?"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from ironbull_app.db.repositories import fleet_trust, ledger
from ironbull_app.db.repositories.unfinished import LIVE
from ironbull_app.db.unit_of_work import Database, Tx
from ironbull_app.ports.sync import (
    BeginSync,
    Difference,
    OwnPosition,
    SyncedAccount,
    SyncStore,
)
from ironbull_core.ledger import Request
from ironbull_messages.fleet import AccountReport, HeldAccount
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import Leg

READ_EVERY: Final = timedelta(seconds=20)
ASK_AGAIN_AFTER: Final = timedelta(seconds=30)
SETTLING: Final = timedelta(seconds=5)
"""An order that changed this recently may not be in the reading, or not in ours."""


class SyncRepository:
    """Sync's store over one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def leased(
        self, who: MemberSubject, held: Sequence[HeldAccount]
    ) -> dict[ExchangeAccountId, SyncedAccount]:
        """Lock, in id order, and return the accounts that the member leases under these epochs."""
        rows = await self._tx.rows(
            """SELECT a.id, a.state, a.read_at IS NOT NULL AS was_read
               FROM exchange_account a
               JOIN unnest(%s::uuid[], %s::bigint[]) AS told (id, epoch)
                 ON told.id = a.id AND told.epoch = a.epoch
               WHERE a.tenant_id = %s AND a.member_token = %s AND a.state <> 'unbound'
               ORDER BY a.id FOR NO KEY UPDATE OF a""",
            (
                *([one.account_id for one in held], [one.epoch for one in held]),
                *(who.tenant, who.token),
            ),
        )
        return {row["id"]: SyncedAccount(row["id"], row["state"], row["was_read"]) for row in rows}

    async def keep_reading(self, tenant: str, report: AccountReport) -> None:
        """Keep balances and positions of a successful reading; the account is ready."""
        await self._tx.execute(
            """UPDATE exchange_account SET state = 'ready', wallet_usdt = %s, equity_usdt = %s,
                   available_usdt = %s, read_at = %s, failure = '', venue_code = NULL,
                   sync_wanted_at = NULL
               WHERE tenant_id = %s AND id = %s""",
            (
                *(report.wallet_usdt, report.equity_usdt, report.available_usdt, report.read_at),
                *(tenant, report.account_id),
            ),
        )
        told = report.positions
        await self._tx.execute(
            """UPDATE venue_position SET quantity = 0, unrealized_usdt = 0, read_at = %s
               WHERE tenant_id = %s AND account_id = %s AND symbol <> ALL(%s)""",
            (report.read_at, tenant, report.account_id, [one.symbol for one in told]),
        )
        for one in told:
            await self._tx.execute(
                """INSERT INTO venue_position (tenant_id, account_id, symbol, leg, quantity,
                       entry_price, unrealized_usdt, read_at)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
                   ON CONFLICT (tenant_id, account_id, symbol) DO UPDATE SET
                       leg = excluded.leg, quantity = excluded.quantity,
                       entry_price = excluded.entry_price,
                       unrealized_usdt = excluded.unrealized_usdt, read_at = excluded.read_at""",
                (
                    *(tenant, report.account_id, one.symbol, one.leg.value, one.quantity),
                    *(one.entry_price, one.unrealized_usdt, report.read_at),
                ),
            )

    async def keep_failure(self, tenant: str, report: AccountReport, *, is_final: bool) -> None:
        """Keep why a reading failed; `is_final` ends the check of a new account."""
        await self._tx.execute(
            """UPDATE exchange_account SET failure = %s, venue_code = %s, sync_wanted_at = NULL,
                   state = CASE WHEN %s THEN 'failed' ELSE state END
               WHERE tenant_id = %s AND id = %s""",
            (report.failed, report.venue_code, is_final, tenant, report.account_id),
        )

    async def own_positions(
        self, tenant: str, accounts: Sequence[ExchangeAccountId], now: datetime
    ) -> list[OwnPosition]:
        """Return our open positions and the instruments on which orders are still moving."""
        rows = await self._tx.rows(
            f"""WITH held AS (
                   SELECT account_id, symbol, leg, entered - exited AS quantity FROM position
                   WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s)
                     AND closed_at IS NULL
               ), moving AS (
                   SELECT DISTINCT account_id, symbol FROM orders o
                   WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s)
                     AND (o.updated_at > %(since)s OR {LIVE})
               )
               SELECT account_id, symbol, held.leg, coalesce(quantity, 0) AS quantity,
                      moving.account_id IS NOT NULL AS is_moving
               FROM held FULL JOIN moving USING (account_id, symbol)""",  # noqa: S608 - constants
            {"tenant": tenant, "accounts": list(accounts), "since": now - SETTLING},
        )
        return [
            OwnPosition(
                account_id=row["account_id"],
                symbol=row["symbol"],
                leg=None if row["leg"] is None else Leg(row["leg"]),
                quantity=row["quantity"],
                is_moving=row["is_moving"],
            )
            for row in rows
        ]

    async def keep_differences(
        self,
        tenant: str,
        accounts: Sequence[ExchangeAccountId],
        differences: Sequence[Difference],
        now: datetime,
    ) -> None:
        """Count each difference's readings in a row; forget those that are gone."""
        await self._tx.execute(
            """UPDATE venue_position v SET differs = 0
               WHERE tenant_id = %s AND account_id = ANY(%s) AND differs > 0
                 AND NOT EXISTS (
                   SELECT FROM unnest(%s::uuid[], %s::text[]) AS told (account_id, symbol)
                   WHERE told.account_id = v.account_id AND told.symbol = v.symbol)""",
            (
                *(tenant, list(accounts)),
                *([one.account_id for one in differences], [one.symbol for one in differences]),
            ),
        )
        for one in differences:
            await self._tx.execute(
                """INSERT INTO venue_position (tenant_id, account_id, symbol, leg, quantity,
                       entry_price, differs, read_at)
                   VALUES (%s, %s, %s, %s, 0, 0, 1, %s)
                   ON CONFLICT (tenant_id, account_id, symbol)
                   DO UPDATE SET differs = venue_position.differs + 1""",
                (tenant, one.account_id, one.symbol, Leg.LONG.value, now),
            )

    async def trust(
        self, tenant: str, accounts: Sequence[ExchangeAccountId], now: datetime
    ) -> None:
        """Trust accounts again, of which a database that was set back may have forgotten orders."""
        await fleet_trust.trust(self._tx, tenant, accounts, now)

    async def post(self, requests: Sequence[Request], now: datetime) -> None:
        """Post ledger transactions once for ever."""
        if not requests:
            return
        accounts = [leg.account for request in requests for leg in request.legs]
        book = await ledger.open_book(self._tx, accounts, [request.id for request in requests])
        for request in requests:
            # Booked before from another reading: the first one stands.
            book.post(request)
        await ledger.write(self._tx, book, now)

    async def ask_due(self, now: datetime) -> int:
        """Ask for readings of accounts whose last one is old; return how many."""
        return await self._tx.execute(
            """UPDATE exchange_account SET sync_wanted_at = %(now)s
               WHERE member_token IS NOT NULL AND state IN ('pending_check', 'ready')
                 AND (read_at IS NULL OR read_at < %(now)s - %(every)s)
                 AND (sync_wanted_at IS NULL OR sync_wanted_at < %(now)s - %(again)s)""",
            {"now": now, "every": READ_EVERY, "again": ASK_AGAIN_AFTER},
        )


def begin_sync(database: Database) -> BeginSync:
    """Return how sync's flows open a transaction."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[SyncStore]:
        async with database.platform() as tx:
            yield SyncRepository(tx)

    return begin
