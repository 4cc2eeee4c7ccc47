"""SQL of the dispatcher: the facts behind a signal in a few set-based reads, and what it makes."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from ironbull_app.db.repositories import delivery
from ironbull_app.db.repositories.facts import candidate, route, strategy_facts
from ironbull_app.db.repositories.unfinished import UNFINISHED
from ironbull_app.db.unit_of_work import Database, Tx
from ironbull_app.ports.delivery import Routes
from ironbull_app.ports.dispatching import Context
from ironbull_core.admission import CLOSING
from ironbull_core.facts import Candidate, Decision, Instrument, Market, PlannedOrder
from ironbull_kit.clocks import Clock
from ironbull_messages.ids import ExchangeAccountId, OrderId
from ironbull_messages.signal import Signal
from ironbull_messages.task import OrderTask
from ironbull_messages.words import OrderState

CONSUMER: Final = "dispatcher"
PRICE_SECONDS: Final = 10
"""A price older than this, in machine time, is stale."""


class Dispatching:
    """Opens the dispatcher's transactions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def open(self) -> AsyncIterator["DispatchStore"]:
        """Begin; the end of the block commits."""
        async with self._database.platform() as tx:
            yield DispatchStore(tx)

    def now(self) -> datetime:
        """Return machine time."""
        return self._clock()


class DispatchStore:
    """One transaction of the dispatcher."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def claim(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return those that were never handled, and mark them."""
        return await delivery.claim(self._tx, CONSUMER, message_ids)

    async def lock(self, signals: Sequence[Signal]) -> None:
        """Lock the exchange accounts of all subscriptions that may follow, in id order."""
        await self._tx.execute(
            """SELECT 1 FROM exchange_account a WHERE (a.tenant_id, a.id) IN (
                SELECT s.tenant_id, s.account_id FROM subscription s
                JOIN unnest(%s::text[], %s::text[]) AS w (tenant_id, strategy)
                ON w.tenant_id = s.tenant_id AND w.strategy = s.strategy)
            ORDER BY a.id FOR NO KEY UPDATE""",
            ([one.tenant for one in signals], [one.strategy for one in signals]),
        )

    async def is_known(self, signal: Signal) -> bool:
        """Say whether the signal was accepted before, under another message id."""
        found = await self._tx.row(
            "SELECT 1 FROM signal WHERE tenant_id = %s AND id = %s", (signal.tenant, signal.id)
        )
        return found is not None

    async def context(self, signal: Signal) -> Context:
        """Load the facts of one signal, as they are in this transaction.

        A close is heard from every version of its strategy and of every feed: what an earlier one
        has opened must still be closed.
        """
        row = await self._tx.row(
            """SELECT t.is_active AS tenant_is_active, s.is_running, s.version, s.symbols, s.spec,
                (SELECT max(g.close_at) FROM signal g
                    WHERE g.tenant_id = t.tenant_id AND g.strategy = s.name
                    AND g.symbol = %(symbol)s AND g.action = 'OPEN' AND g.refusal IS NULL
                ) AS last_opened_at,
                (SELECT e.is_tripped FROM kill_switch_event e
                    WHERE e.tenant_id = t.tenant_id AND e.strategy = s.name
                    ORDER BY e.position DESC LIMIT 1) AS is_tripped
            FROM tenant t LEFT JOIN strategy s ON s.tenant_id = t.tenant_id AND s.name = %(name)s
                AND (%(closes)s OR (s.version = %(version)s AND s.feed = %(feed)s))
            WHERE t.tenant_id = %(tenant)s""",
            {
                "tenant": signal.tenant,
                "name": signal.strategy,
                "version": signal.strategy_version,
                "feed": signal.feed,
                "closes": signal.action in CLOSING,
                "symbol": signal.symbol,
            },
        )
        market = await self._market(signal)
        if row is None or row["spec"] is None:
            return Context(
                tenant_is_active=False, strategy=None, market=market, candidates=(), routes={}
            )
        candidates, routes = await self._candidates(signal, market.now)
        return Context(
            tenant_is_active=row["tenant_is_active"],
            strategy=strategy_facts(row),
            market=market,
            candidates=candidates,
            routes=routes,
        )

    async def save(self, signal: Signal, decision: Decision, tasks: Sequence[OrderTask]) -> None:
        """Store signal, orders, refusals, tasks and outbox rows."""
        await self._save_signal(signal, decision)
        await self._save_refusals(signal, decision)
        if decision.cancelled:
            await self._tx.execute(
                """UPDATE orders SET state = 'cancelled', reason = 'CLOSE_IN_FLIGHT',
                    updated_at = now()
                WHERE tenant_id = %s AND id = ANY(%s) AND state = 'planned'""",
                (signal.tenant, list(decision.cancelled)),
            )
        epochs = {task.order_id: task.epoch for task in tasks}
        await self._save_orders(signal, decision.planned, epochs)
        await delivery.add_tasks(self._tx, tasks)

    async def _market(self, signal: Signal) -> Market:
        row = await self._tx.row(
            """SELECT p.last, p.at > now() - make_interval(secs => %(fresh)s) AS is_fresh,
                i.tick_size, i.step_size, i.min_quantity, i.min_notional,
                (SELECT max(as_of) FROM price WHERE feed = %(feed)s) AS as_of
            FROM (SELECT 1) one
            LEFT JOIN price p ON p.feed = %(feed)s AND p.symbol = %(symbol)s
            LEFT JOIN instrument i ON i.feed = %(feed)s AND i.symbol = %(symbol)s""",
            {"feed": signal.feed, "symbol": signal.symbol, "fresh": PRICE_SECONDS},
        )
        if row is None or row["tick_size"] is None:
            return Market(None, None, signal.close_at)
        instrument = Instrument(
            signal.symbol,
            row["tick_size"],
            row["step_size"],
            row["min_quantity"],
            row["min_notional"],
        )
        now = max(row["as_of"] or signal.close_at, signal.close_at)
        return Market(instrument, row["last"] if row["is_fresh"] else None, now)

    async def _candidates(
        self, signal: Signal, market_now: datetime
    ) -> tuple[tuple[Candidate, ...], Routes]:
        rows = await self._tx.rows(_CANDIDATES, _candidate_parameters(signal, market_now))
        routes: Routes = {
            ExchangeAccountId(row["account_id"]): route(row)
            for row in rows
            if row["member_token"] is not None and row["journal_id"] is not None
        }
        return tuple(candidate(row) for row in rows), routes

    async def _save_signal(self, signal: Signal, decision: Decision) -> None:
        refusal = decision.refusal
        await self._tx.execute(
            """INSERT INTO signal (tenant_id, id, strategy, strategy_version, feed, symbol,
                timeframe, close_at, action, leg, price, stop_loss, take_profit, confidence,
                reason, refusal, numbers)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                *(signal.tenant, signal.id, signal.strategy, signal.strategy_version),
                *(signal.feed, signal.symbol, signal.timeframe.value, signal.close_at),
                *(signal.action.value, signal.leg.value, signal.price, signal.stop_loss),
                *(signal.take_profit, signal.confidence, signal.reason),
                refusal.code if refusal else None,
                json.dumps(refusal.numbers if refusal else {}),
            ),
        )

    async def _save_refusals(self, signal: Signal, decision: Decision) -> None:
        if not decision.refused:
            return
        await self._tx.execute(
            """INSERT INTO signal_refusal (tenant_id, signal_id, subscription_id, code, numbers)
            SELECT %s, %s, * FROM unnest(%s::uuid[], %s::text[], %s::jsonb[])""",
            (
                *(signal.tenant, signal.id),
                [one.subscription_id for one in decision.refused],
                [one.code for one in decision.refused],
                [json.dumps(one.numbers) for one in decision.refused],
            ),
        )

    async def _save_orders(
        self, signal: Signal, orders: Sequence[PlannedOrder], epochs: Mapping[OrderId, int]
    ) -> None:
        """Store orders; those with an epoch are dispatched under it, the others wait."""
        if not orders:
            return
        of_signal = (signal.tenant, signal.id, signal.feed, signal.symbol, signal.close_at)
        await self._tx.execute(
            """INSERT INTO orders (tenant_id, signal_id, feed, symbol, as_of, id, cause, n,
                account_id, subscription_id, position_id, action, leg, side, quantity, leverage,
                stop_loss, take_profit, close_reason, state, epoch, after_order_id, expires_at)
            SELECT %s, %s, %s, %s, %s, * FROM unnest(%s::uuid[], %s::text[], %s::int[],
                %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[],
                %s::numeric[], %s::int[], %s::numeric[], %s::numeric[], %s::text[], %s::text[],
                %s::bigint[], %s::uuid[], %s::timestamptz[])""",
            (
                *of_signal,
                [one.id for one in orders],
                [one.cause for one in orders],
                [one.n for one in orders],
                [one.account_id for one in orders],
                [one.subscription_id for one in orders],
                [one.position_id for one in orders],
                [one.action.value for one in orders],
                [one.leg.value for one in orders],
                [one.side.value for one in orders],
                [one.quantity for one in orders],
                [one.leverage for one in orders],
                [one.stop_loss for one in orders],
                [one.take_profit for one in orders],
                ["SIGNAL" if one.expires_at is None else None for one in orders],
                [_state(one, epochs).value for one in orders],
                [epochs.get(one.id, 0) for one in orders],
                [one.after_order_id for one in orders],
                [one.expires_at for one in orders],
            ),
        )


def _state(order: PlannedOrder, epochs: Mapping[OrderId, int]) -> OrderState:
    return OrderState.DISPATCHED if order.id in epochs else OrderState.PLANNED


def _candidate_parameters(signal: Signal, market_now: datetime) -> dict[str, Any]:
    return {
        "tenant": signal.tenant,
        "strategy": signal.strategy,
        "symbol": signal.symbol,
        "feed": signal.feed,
        "now": market_now,
        "needs_all": signal.action in CLOSING,
    }


_CANDIDATES: Final = f"""
SELECT s.id AS subscription_id, s.user_id, s.account_id, s.is_open, s.capital_usdt, s.leverage,
    s.risk_mode, s.max_loss_usdt, s.ratio_percent, u.is_active AS user_is_active,
    a.state AS account_state, a.member_token, a.epoch, a.available_usdt,
    m.journal_id, coalesce(m.lease_until > clock_timestamp(), false) AS is_online,
    (SELECT control_version FROM platform_state) AS control_version,
    (SELECT coalesce(sum(l.balance), 0) FROM ledger_account l WHERE l.tenant_id = s.tenant_id
        AND l.owner = s.user_id::text AND l.kind IN ('points_self', 'points_gift')) AS points,
    p.id AS position_id, p.subscription_id AS position_owner, p.leg AS position_leg,
    p.entered - p.exited AS position_quantity, p.as_of AS position_as_of,
    live.orders AS live_orders, busy.symbols AS positions,
    days.today, days.week, lost.today AS lost_today, lost.last_loss_at, lost.in_a_row,
    days.last_opened_at
FROM subscription s
JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
JOIN exchange_account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
LEFT JOIN member m ON m.tenant_id = a.tenant_id AND m.token = a.member_token
LEFT JOIN position p ON p.tenant_id = a.tenant_id AND p.account_id = a.id
    AND p.symbol = %(symbol)s AND p.closed_at IS NULL
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('id', o.id, 'subscription_id', o.subscription_id,
        'action', o.action, 'leg', o.leg, 'state', o.state, 'as_of', o.as_of)) AS orders
    FROM orders o WHERE o.tenant_id = a.tenant_id AND o.account_id = a.id
        AND o.symbol = %(symbol)s AND {UNFINISHED}) live ON true
LEFT JOIN LATERAL (
    SELECT count(DISTINCT symbol) AS symbols FROM (
        SELECT symbol FROM position WHERE tenant_id = a.tenant_id AND account_id = a.id
            AND closed_at IS NULL
        UNION ALL
        SELECT o.symbol FROM orders o WHERE o.tenant_id = a.tenant_id AND o.account_id = a.id
            AND o.action = 'OPEN' AND {UNFINISHED}) taken
    ) busy ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE o.as_of >= date_trunc('day', %(now)s::timestamptz)) AS today,
        count(*) AS week, max(o.as_of) AS last_opened_at
    FROM orders o WHERE o.tenant_id = a.tenant_id AND o.account_id = a.id AND o.action = 'OPEN'
        AND o.as_of > %(now)s::timestamptz - interval '7 days'
        AND (o.booked_quantity > 0 OR o.state NOT IN
            ('cancelled', 'rejected', 'expired', 'denied', 'not_sent'))) days ON true
LEFT JOIN LATERAL (
    SELECT -coalesce(sum(least(t.net_usdt, 0)) FILTER
            (WHERE t.closed_as_of >= date_trunc('day', %(now)s::timestamptz)), 0) AS today,
        max(t.closed_as_of) FILTER (WHERE t.net_usdt < 0) AS last_loss_at,
        count(*) FILTER (WHERE t.net_usdt < 0 AND t.closed_as_of > coalesce((
            SELECT max(w.closed_as_of) FROM trade w WHERE w.tenant_id = a.tenant_id
                AND w.account_id = a.id AND w.net_usdt >= 0), '-infinity')) AS in_a_row
    FROM trade t WHERE t.tenant_id = a.tenant_id AND t.account_id = a.id
        AND t.closed_as_of > %(now)s::timestamptz - interval '7 days') lost ON true
WHERE s.tenant_id = %(tenant)s AND s.strategy = %(strategy)s
    AND (s.is_open AND a.feed = %(feed)s OR %(needs_all)s)
ORDER BY s.account_id
"""  # noqa: S608 - of constants alone
