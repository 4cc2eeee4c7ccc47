"""SQL of the settler: orders and positions under their locks, fills and trades set-based."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from ironbull_app.db.repositories import changed_orders, delivery, networks, settlements
from ironbull_app.db.repositories import ledger as ledgers
from ironbull_app.db.repositories import positions as position_rows
from ironbull_app.db.repositories.settling_rows import BOOKED, booked_order, new_fill
from ironbull_app.db.repositories.unfinished import FINAL, LIVE, MAX_LATE_SECONDS, MISSING
from ironbull_app.db.unit_of_work import Database, Tx
from ironbull_app.ports.delivery import Outgoing
from ironbull_app.ports.settling import (
    Billing,
    BookedOrder,
    ChangedOrder,
    NewFill,
    OrderKey,
    PlaceKey,
    Settlement,
)
from ironbull_core.accounting import ClosedTrade, accounts_of
from ironbull_core.ledger import Book, TxnKind
from ironbull_core.network import Network
from ironbull_core.positions import Position
from ironbull_kit.clocks import Clock
from ironbull_messages.ids import ExchangeAccountId, OrderId, PositionId, UserId, txn_id
from ironbull_messages.result import Result
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Leg, OrderState

CONSUMER: Final = "settler"


class Settling:
    """Opens the settler's transactions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def open(self) -> AsyncIterator["SettleStore"]:
        """Begin; the end of the block commits."""
        async with self._database.platform() as tx:
            yield SettleStore(tx)

    def now(self) -> datetime:
        """Return machine time."""
        return self._clock()


class SettleStore:
    """One transaction of the settler."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def claim(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return those that were never handled, and mark them."""
        return await delivery.claim(self._tx, CONSUMER, message_ids)

    async def lock(self, results: Sequence[Result]) -> dict[OrderKey, BookedOrder]:
        """Lock accounts, then orders, in id order; return the orders of the results."""
        keys = (
            [result.tenant for result in results],
            [result.order_id for result in results],
        )
        await self._tx.execute(
            """SELECT 1 FROM exchange_account a WHERE (a.tenant_id, a.id) IN (
                SELECT o.tenant_id, o.account_id FROM orders o
                JOIN unnest(%s::text[], %s::uuid[]) AS w (tenant_id, id)
                    ON w.tenant_id = o.tenant_id AND w.id = o.id)
            ORDER BY a.id FOR NO KEY UPDATE""",
            keys,
        )
        rows = await self._tx.rows(
            BOOKED
            + """ JOIN unnest(%s::text[], %s::uuid[]) AS w (tenant_id, id)
                ON w.tenant_id = o.tenant_id AND w.id = o.id
            ORDER BY o.id FOR NO KEY UPDATE OF o""",
            keys,
        )
        found = [booked_order(row) for row in rows]
        return {(order.tenant, order.id): order for order in found}

    async def add_fills(
        self, results: Sequence[Result], orders: dict[OrderKey, BookedOrder]
    ) -> list[NewFill]:
        """Book trades; return those that are new, in the venue's order."""
        trades = [(result, trade) for result in results for trade in result.trades]
        if not trades:
            return []
        rows = await self._tx.rows(
            """INSERT INTO fill (tenant_id, account_id, symbol, venue_trade_id, order_id,
                venue_order_id, side, quantity, price, fee, fee_asset, fee_usdt,
                fee_is_estimated, traded_at)
            SELECT * FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::text[], %s::uuid[],
                %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::text[],
                %s::numeric[], %s::boolean[], %s::timestamptz[])
            ON CONFLICT DO NOTHING
            RETURNING tenant_id, order_id, venue_trade_id, side, quantity, price, fee_usdt,
                traded_at""",
            (
                [result.tenant for result, _ in trades],
                [orders[result.tenant, result.order_id].account_id for result, _ in trades],
                [trade.symbol for _, trade in trades],
                [trade.venue_trade_id for _, trade in trades],
                [result.order_id for result, _ in trades],
                [trade.venue_order_id for _, trade in trades],
                [trade.side.value for _, trade in trades],
                [trade.quantity for _, trade in trades],
                [trade.price for _, trade in trades],
                [trade.fee for _, trade in trades],
                [trade.fee_asset for _, trade in trades],
                [trade.fee_usdt for _, trade in trades],
                [trade.fee_is_estimated for _, trade in trades],
                [trade.traded_at for _, trade in trades],
            ),
        )
        in_order = sorted(rows, key=lambda row: (row["traded_at"], row["venue_trade_id"]))
        return [new_fill(row, orders) for row in in_order]

    async def still_opening(self, places: Sequence[PlaceKey]) -> frozenset[tuple[PlaceKey, Leg]]:
        """Return where, and on which leg, trades of an opening may still come, not without end."""
        rows = await self._tx.rows(_STILL_OPENING, _at(places))
        return frozenset(
            (
                (row["tenant_id"], ExchangeAccountId(row["account_id"]), row["symbol"]),
                Leg(row["leg"]),
            )
            for row in rows
        )

    async def positions(self, places: Sequence[PlaceKey]) -> dict[PlaceKey, Position]:
        """Return the open positions there, locked."""
        return await position_rows.open_at(self._tx, places)

    async def save_positions(self, positions: Sequence[tuple[str, Position]]) -> None:
        """Store positions; a new one freezes its tenant's billing."""
        await position_rows.save(self._tx, positions)

    async def billing(
        self, positions: Sequence[tuple[str, PositionId]]
    ) -> dict[PositionId, Billing]:
        """Return the billing that was frozen on positions."""
        return await position_rows.billing(self._tx, positions)

    async def networks(
        self, users: Sequence[tuple[str, UserId]]
    ) -> dict[tuple[str, UserId], Network]:
        """Return the tree above users, with levels and equity as they are now."""
        return await networks.above(self._tx, users)

    async def book(self, trades: Sequence[tuple[ClosedTrade, Network]]) -> Book:
        """Lock every ledger account that the trades may touch."""
        accounts = {one for trade, network in trades for one in accounts_of(trade, network)}
        kinds = (TxnKind.TRADE_RESULT, TxnKind.PROFIT_CHARGE, TxnKind.POOL_SPLIT)
        causes = [
            txn_id(trade.tenant, kind, str(trade.id)) for trade, _ in trades for kind in kinds
        ]
        return await ledgers.open_book(self._tx, accounts, causes)

    async def save_settlements(self, newly: Sequence[Settlement], book: Book) -> None:
        """Store trades and commissions, and write the book."""
        await settlements.save(self._tx, newly, book)

    async def save_orders(self, changes: Sequence[ChangedOrder]) -> None:
        """Store what results changed, in their order; an order may come more than once."""
        await changed_orders.save(self._tx, changes)

    async def end_orphans(self, places: Sequence[PlaceKey]) -> list[OrderKey]:
        """End planned closes there that wait for nothing but a position that is gone."""
        rows = await self._tx.rows(_END_ORPHANS, _at(places))
        return [(row["tenant_id"], OrderId(row["id"])) for row in rows]

    async def waiting(self, ended: Sequence[OrderKey]) -> list[BookedOrder]:
        """Return planned orders that wait for these, locked."""
        rows = await self._tx.rows(
            BOOKED
            + """ JOIN unnest(%s::text[], %s::uuid[]) AS w (tenant_id, id)
                ON w.tenant_id = o.tenant_id AND w.id = o.after_order_id
            WHERE o.state = 'planned' ORDER BY o.id FOR NO KEY UPDATE OF o""",
            ([tenant for tenant, _ in ended], [order for _, order in ended]),
        )
        return [booked_order(row) for row in rows]

    async def market_now(self, tenant: str) -> datetime:
        """Return the newest market time of the feeds that a tenant trades on.

        A crash of PostgreSQL empties the prices; candles and signals then say almost as much.
        """
        row = await self._tx.row(
            """WITH own AS (SELECT DISTINCT feed FROM strategy WHERE tenant_id = %(tenant)s)
            SELECT coalesce(
                (SELECT max(as_of) FROM price WHERE feed IN (SELECT feed FROM own)),
                (SELECT max(close_at) FROM candle WHERE feed IN (SELECT feed FROM own)),
                (SELECT max(close_at) FROM signal WHERE tenant_id = %(tenant)s)) AS now""",
            {"tenant": tenant},
        )
        if row is None or row["now"] is None:
            raise LookupError(f"no market time is known for tenant {tenant}")
        now: datetime = row["now"]
        return now

    async def end_planned(self, order: BookedOrder, state: OrderState, reason: str) -> None:
        """End an order that was never dispatched."""
        await self._tx.execute(
            """UPDATE orders SET state = %s, reason = %s, updated_at = now()
            WHERE tenant_id = %s AND id = %s AND state = 'planned'""",
            (state.value, reason, order.tenant, order.id),
        )

    async def dispatch(self, order: BookedOrder, task: OrderTask) -> None:
        """Send a waiting order on its way."""
        await self._tx.execute(
            """UPDATE orders SET state = 'dispatched', quantity = %s, epoch = %s,
                updated_at = now() WHERE tenant_id = %s AND id = %s""",
            (task.quantity, task.epoch, order.tenant, order.id),
        )
        await delivery.add_tasks(self._tx, [task])

    async def finish_tasks(self, orders: Sequence[OrderKey]) -> None:
        """Mark tasks whose outcome is final and whose trades are complete."""
        await self._tx.execute(
            """UPDATE task t SET done_at = now()
            FROM unnest(%s::text[], %s::uuid[]) AS w (tenant_id, order_id)
            WHERE t.tenant_id = w.tenant_id AND t.order_id = w.order_id AND t.done_at IS NULL""",
            ([tenant for tenant, _ in orders], [order for _, order in orders]),
        )

    async def tell(self, messages: Sequence[Outgoing]) -> None:
        """Store events."""
        await delivery.add_outgoing(self._tx, messages)


def _at(places: Sequence[PlaceKey]) -> dict[str, object]:
    return {
        "tenants": [tenant for tenant, _, _ in places],
        "accounts": [account for _, account, _ in places],
        "symbols": [symbol for _, _, symbol in places],
    }


_THERE: Final = """JOIN unnest(%(tenants)s::text[], %(accounts)s::uuid[], %(symbols)s::text[])
    AS w (tenant_id, account_id, symbol) ON w.tenant_id = o.tenant_id
        AND w.account_id = o.account_id AND w.symbol = o.symbol"""
# Two halves, so that each looks its places up in an index of its own; an OR would read both whole.
_OPENING: Final = f"""
SELECT o.tenant_id, o.account_id, o.symbol, o.leg FROM orders o {_THERE}
WHERE o.action IN ('OPEN', 'ADD') AND o.state <> 'planned'
    AND o.updated_at > now() - interval '{MAX_LATE_SECONDS} seconds' AND """  # noqa: S608 - constants
_STILL_OPENING: Final = f"{_OPENING} {LIVE} UNION {_OPENING} {MISSING}"
_END_ORPHANS: Final = f"""
WITH orphan AS (SELECT o.tenant_id, o.id FROM orders o {_THERE}
    LEFT JOIN orders before ON before.tenant_id = o.tenant_id AND before.id = o.after_order_id
    WHERE o.state = 'planned' AND o.action IN ('CLOSE', 'REDUCE')
        AND NOT EXISTS (SELECT 1 FROM position p WHERE p.tenant_id = o.tenant_id
            AND p.account_id = o.account_id AND p.symbol = o.symbol AND p.leg = o.leg
            AND p.closed_at IS NULL)
        AND (before.id IS NULL OR (before.booked_quantity >= before.filled_quantity
            AND before.state IN {FINAL}))
    ORDER BY o.id FOR NO KEY UPDATE OF o)
UPDATE orders o SET state = 'cancelled', reason = 'NO_POSITION', updated_at = now()
FROM orphan WHERE o.tenant_id = orphan.tenant_id AND o.id = orphan.id
RETURNING o.tenant_id, o.id
"""  # noqa: S608 - of constants alone
