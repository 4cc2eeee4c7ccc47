"""SQL of watch: positions that a price may close, and the closes it makes."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from ironbull_app.db.repositories import delivery
from ironbull_app.db.repositories.facts import route
from ironbull_app.db.repositories.unfinished import FINAL, LATE, UNFINISHED
from ironbull_app.db.unit_of_work import Database, Tx
from ironbull_app.ports.watching import (
    Close,
    Guarded,
    Market,
    Trigger,
    Unprotected,
    WaitingClose,
)
from ironbull_kit.clocks import Clock
from ironbull_messages.ids import ExchangeAccountId, OrderId, PositionId, SubscriptionId
from ironbull_messages.task import OrderTask
from ironbull_messages.words import CloseReason, Leg, closing_side

MAX_RETRY_SECONDS: Final = 30
"""A close that ended without closing is made again after 1, 2, 4 … seconds, at most so many."""
MAX_DOUBLINGS: Final = 5
"""Of a pause: 2 to this power is more than the longest one."""
MAX_FLAT: Final = 4
"""So many closes of a position that found the venue flat are believed; sync tells the difference.

One is not enough: a venue's reading may lag behind the trades.
"""


class Watching:
    """Opens the transactions of watch."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def open(self) -> AsyncIterator["WatchStore"]:
        """Begin; the end of the block commits."""
        async with self._database.platform() as tx:
            yield WatchStore(tx)

    def now(self) -> datetime:
        """Return machine time."""
        return self._clock()


class WatchStore:
    """One transaction of watch."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def guarded(self, markets: Collection[Market]) -> list[Guarded]:
        """Return the open positions of these markets that have a stop or a target."""
        rows = await self._tx.rows(
            """SELECT p.tenant_id, p.id, p.account_id, a.feed, p.symbol, p.leg, p.stop_loss,
                p.take_profit, p.opened_at
            FROM position p
            JOIN exchange_account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
            JOIN unnest(%s::text[], %s::text[]) AS w (feed, symbol)
                ON w.feed = a.feed AND w.symbol = p.symbol
            WHERE p.closed_at IS NULL AND p.subscription_id IS NOT NULL
                AND (p.stop_loss IS NOT NULL OR p.take_profit IS NOT NULL)""",
            ([feed for feed, _ in markets], [symbol for _, symbol in markets]),
        )
        return [
            Guarded(
                tenant=row["tenant_id"],
                position_id=PositionId(row["id"]),
                account_id=ExchangeAccountId(row["account_id"]),
                market=(row["feed"], row["symbol"]),
                leg=Leg(row["leg"]),
                stop_loss=row["stop_loss"],
                take_profit=row["take_profit"],
                opened_at=row["opened_at"],
            )
            for row in rows
        ]

    async def left_open(self, limit: int) -> dict[tuple[str, PositionId], Trigger]:
        """Return positions that a close has left open, and what for they are to be closed."""
        rows = await self._tx.rows(
            _LEFT_OPEN,
            {
                "doublings": MAX_DOUBLINGS,
                "seconds": MAX_RETRY_SECONDS,
                "flat": MAX_FLAT,
                "limit": limit,
            },
        )
        return {
            (row["tenant_id"], PositionId(row["id"])): Trigger(
                CloseReason(row["reason"]), row["as_of"]
            )
            for row in rows
        }

    async def lock(self, positions: Sequence[tuple[str, PositionId]]) -> list[Unprotected]:
        """Lock accounts, then positions, in id order; leave out what is closed or closing."""
        named = {
            "tenants": [tenant for tenant, _ in positions],
            "positions": [position for _, position in positions],
            "doublings": MAX_DOUBLINGS,
            "seconds": MAX_RETRY_SECONDS,
        }
        await self._tx.execute(_LOCK_ACCOUNTS, named)
        await self._tx.execute(_LOCK_POSITIONS, named)
        rows = await self._tx.rows(_UNPROTECTED, named)
        return [_unprotected(row) for row in rows]

    async def save(self, closes: Sequence[Close]) -> None:
        """Store orders, tasks and outbox rows."""
        if not closes:
            return
        await self._tx.execute(
            """INSERT INTO orders (tenant_id, id, cause, n, account_id, subscription_id,
                position_id, feed, symbol, action, leg, side, quantity, leverage, close_reason,
                state, epoch, as_of)
            SELECT tenant_id, id, cause, n, account_id, subscription_id, position_id, feed, symbol,
                'CLOSE', leg, side, quantity, 1, reason, state, epoch, as_of
            FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::int[], %s::uuid[], %s::uuid[],
                %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[],
                %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])
                AS w (tenant_id, id, cause, n, account_id, subscription_id, position_id, feed,
                symbol, leg, side, quantity, reason, state, epoch, as_of)""",
            (
                [one.of.tenant for one in closes],
                [one.id for one in closes],
                [one.cause for one in closes],
                [one.n for one in closes],
                [one.of.account_id for one in closes],
                [one.of.subscription_id for one in closes],
                [one.of.position_id for one in closes],
                [one.of.market[0] for one in closes],
                [one.of.market[1] for one in closes],
                [one.of.leg.value for one in closes],
                [closing_side(one.of.leg).value for one in closes],
                [one.of.quantity for one in closes],
                [one.reason.value for one in closes],
                ["planned" if one.task is None else "dispatched" for one in closes],
                [0 if one.task is None else one.task.epoch for one in closes],
                [one.as_of for one in closes],
            ),
        )
        await delivery.add_tasks(self._tx, [one.task for one in closes if one.task is not None])

    async def waiting(self, limit: int) -> list[WaitingClose]:
        """Lock planned closes that wait only for a member, where there is one now."""
        rows = await self._tx.rows(_WAITING, (limit,))
        return [
            WaitingClose(
                tenant=row["tenant_id"],
                id=OrderId(row["id"]),
                account_id=ExchangeAccountId(row["account_id"]),
                symbol=row["symbol"],
                leg=Leg(row["leg"]),
                quantity=row["quantity"],
                leverage=row["leverage"],
                as_of=row["as_of"],
                route=route(row),
            )
            for row in rows
        ]

    async def send(self, tasks: Sequence[OrderTask]) -> None:
        """Store what goes now."""
        if not tasks:
            return
        await self._tx.execute(
            """UPDATE orders o SET state = 'dispatched', epoch = w.epoch, updated_at = now()
            FROM unnest(%s::text[], %s::uuid[], %s::bigint[]) AS w (tenant_id, id, epoch)
            WHERE o.tenant_id = w.tenant_id AND o.id = w.id AND o.state = 'planned'""",
            (
                [task.tenant for task in tasks],
                [task.order_id for task in tasks],
                [task.epoch for task in tasks],
            ),
        )
        await delivery.add_tasks(self._tx, tasks)


def _unprotected(row: dict[str, Any]) -> Unprotected:
    is_served = row["member_token"] is not None and row["journal_id"] is not None
    return Unprotected(
        tenant=row["tenant_id"],
        position_id=PositionId(row["id"]),
        account_id=ExchangeAccountId(row["account_id"]),
        subscription_id=SubscriptionId(row["subscription_id"]),
        market=(row["feed"], row["symbol"]),
        leg=Leg(row["leg"]),
        quantity=row["quantity"],
        closes=row["closes"],
        route=route(row) if is_served else None,
    )


_NAMED: Final = """JOIN unnest(%(tenants)s::text[], %(positions)s::uuid[]) AS w (tenant_id, id)
    ON w.tenant_id = p.tenant_id AND w.id = p.id"""
_LOCK_ACCOUNTS: Final = f"""
SELECT 1 FROM exchange_account a WHERE (a.tenant_id, a.id) IN (
    SELECT p.tenant_id, p.account_id FROM position p {_NAMED})
ORDER BY a.id FOR NO KEY UPDATE
"""  # noqa: S608 - of constants alone
_LOCK_POSITIONS: Final = f"""
SELECT 1 FROM position p {_NAMED}
ORDER BY p.id FOR NO KEY UPDATE OF p
"""  # noqa: S608 - of constants alone
_PAST: Final = """
LEFT JOIN LATERAL (SELECT count(*)::int AS closes, max(o.updated_at) AS last_at FROM orders o
    WHERE o.tenant_id = p.tenant_id AND o.account_id = p.account_id AND o.symbol = p.symbol
        AND o.action = 'CLOSE' AND o.position_id = p.id AND o.signal_id IS NULL) past ON true"""
"""The closes that watch made of a position, whatever for."""
_MAY_CLOSE: Final = f"""
    p.closed_at IS NULL AND (past.last_at IS NULL OR past.last_at < now() - make_interval(
        secs => least(power(2, least(past.closes - 1, %(doublings)s)), %(seconds)s)))
    AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.tenant_id = p.tenant_id
        AND o.account_id = p.account_id AND o.symbol = p.symbol
        AND o.action IN ('CLOSE', 'REDUCE') AND {UNFINISHED})"""  # noqa: S608 - of constants alone
"""Open, no close under way, and the pause after the last one is over."""
_UNPROTECTED: Final = f"""
SELECT p.tenant_id, p.id, p.account_id, p.subscription_id, a.feed, p.symbol, p.leg,
    p.entered - p.exited AS quantity, coalesce(past.closes, 0) AS closes,
    a.member_token, a.epoch, m.journal_id, s.control_version
FROM position p {_NAMED}
JOIN exchange_account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
CROSS JOIN platform_state s
LEFT JOIN member m ON m.tenant_id = a.tenant_id AND m.token = a.member_token {_PAST}
WHERE {_MAY_CLOSE}
ORDER BY p.id
"""  # noqa: S608 - of constants alone
# A signal's close concerns what was opened before its candle closed (core.admission); one of the
# position's own candle must name it, as closes for stops do. Late trades of closes are waited for.
_LEFT_OPEN: Final = f"""
SELECT p.tenant_id, p.id, greatest(ended.as_of, r.as_of) AS as_of, ended.reason
FROM position p
JOIN exchange_account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
LEFT JOIN price r ON r.feed = a.feed AND r.symbol = p.symbol
CROSS JOIN LATERAL (SELECT max(o.as_of) AS as_of, bool_or({LATE}) AS is_late,
        (array_agg(o.close_reason ORDER BY o.as_of DESC, o.n DESC))[1] AS reason,
        count(*) FILTER (WHERE o.reason = 'POSITION_ALREADY_FLAT') AS flat
    FROM orders o WHERE o.tenant_id = p.tenant_id AND o.account_id = p.account_id
        AND o.symbol = p.symbol AND o.action = 'CLOSE' AND o.leg = p.leg
        AND o.subscription_id = p.subscription_id AND o.as_of >= p.as_of
        AND o.reason IS DISTINCT FROM 'NO_POSITION'
        AND (o.as_of > p.as_of OR o.position_id = p.id)) ended {_PAST}
WHERE ended.as_of IS NOT NULL AND NOT ended.is_late AND ended.flat < %(flat)s AND {_MAY_CLOSE}
ORDER BY p.id LIMIT %(limit)s
"""  # noqa: S608 - of constants alone
_WAITING: Final = f"""
SELECT o.tenant_id, o.id, o.account_id, o.symbol, o.leg, p.entered - p.exited AS quantity,
    o.leverage, o.as_of, a.member_token, a.epoch, m.journal_id, s.control_version
FROM orders o
JOIN exchange_account a ON a.tenant_id = o.tenant_id AND a.id = o.account_id
JOIN member m ON m.tenant_id = a.tenant_id AND m.token = a.member_token
JOIN position p ON p.tenant_id = o.tenant_id AND p.account_id = o.account_id
    AND p.symbol = o.symbol AND p.leg = o.leg AND p.closed_at IS NULL
CROSS JOIN platform_state s
LEFT JOIN orders before ON before.tenant_id = o.tenant_id AND before.id = o.after_order_id
WHERE o.state = 'planned' AND o.action IN ('CLOSE', 'REDUCE') AND m.journal_id IS NOT NULL
    AND m.lease_until > clock_timestamp()
    AND (before.id IS NULL OR (before.booked_quantity >= before.filled_quantity
        AND before.state IN {FINAL}))
ORDER BY o.id LIMIT %s FOR NO KEY UPDATE OF a, o SKIP LOCKED
"""  # noqa: S608 - of constants alone
