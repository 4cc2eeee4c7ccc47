"""SQL of positions: the open ones under their lock, and what fills made of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.settling import Billing, PlaceKey
from ironbull_core.positions import Position
from ironbull_messages.ids import ExchangeAccountId, PositionId, SubscriptionId
from ironbull_messages.words import CloseReason, Leg


async def open_at(tx: Tx, places: Sequence[PlaceKey]) -> dict[PlaceKey, Position]:
    """Return the open positions at these places, locked in id order."""
    rows = await tx.rows(
        """SELECT p.* FROM position p
        JOIN unnest(%s::text[], %s::uuid[], %s::text[]) AS w (tenant_id, account_id, symbol)
            ON w.tenant_id = p.tenant_id AND w.account_id = p.account_id AND w.symbol = p.symbol
        WHERE p.closed_at IS NULL ORDER BY p.id FOR NO KEY UPDATE OF p""",
        (
            [tenant for tenant, _, _ in places],
            [account for _, account, _ in places],
            [symbol for _, _, symbol in places],
        ),
    )
    found = [(row["tenant_id"], read(row)) for row in rows]
    return {(tenant, one.account_id, one.symbol): one for tenant, one in found}


async def save(tx: Tx, positions: Sequence[tuple[str, Position]]) -> None:
    """Store positions; those that end first, since a place holds one open position at most."""
    for is_flat in (True, False):
        await _save(tx, [one for one in positions if one[1].is_flat is is_flat])


async def _save(tx: Tx, positions: Sequence[tuple[str, Position]]) -> None:
    if not positions:
        return
    lives = [position for _, position in positions]
    await tx.execute(
        _SAVE,
        (
            [tenant for tenant, _ in positions],
            [one.id for one in lives],
            [one.account_id for one in lives],
            [one.symbol for one in lives],
            [one.subscription_id for one in lives],
            [one.leg.value for one in lives],
            [one.entered for one in lives],
            [one.entry_value for one in lives],
            [one.exited for one in lives],
            [one.exit_value for one in lives],
            [one.fees_usdt for one in lives],
            [one.stop_loss for one in lives],
            [one.take_profit for one in lives],
            [one.opened_at for one in lives],
            [one.as_of for one in lives],
            [one.closed_at for one in lives],
            [None if one.close_reason is None else one.close_reason.value for one in lives],
        ),
    )


async def billing(tx: Tx, positions: Sequence[tuple[str, PositionId]]) -> dict[PositionId, Billing]:
    """Return the billing that was frozen on positions at their opening."""
    rows = await tx.rows(
        """SELECT p.id, p.share, p.platform_share_to_root FROM position p
        JOIN unnest(%s::text[], %s::uuid[]) AS w (tenant_id, id)
            ON w.tenant_id = p.tenant_id AND w.id = p.id""",
        ([tenant for tenant, _ in positions], [position for _, position in positions]),
    )
    return {
        PositionId(row["id"]): Billing(row["share"], row["platform_share_to_root"]) for row in rows
    }


def read(row: Mapping[str, Any]) -> Position:
    """Read a position's row."""
    owner, reason = row["subscription_id"], row["close_reason"]
    return Position(
        id=PositionId(row["id"]),
        account_id=ExchangeAccountId(row["account_id"]),
        symbol=row["symbol"],
        subscription_id=None if owner is None else SubscriptionId(owner),
        leg=Leg(row["leg"]),
        entered=row["entered"],
        entry_value=row["entry_value"],
        exited=row["exited"],
        exit_value=row["exit_value"],
        fees_usdt=row["fees_usdt"],
        stop_loss=row["stop_loss"],
        take_profit=row["take_profit"],
        opened_at=row["opened_at"],
        as_of=row["as_of"],
        closed_at=row["closed_at"],
        close_reason=None if reason is None else CloseReason(reason),
    )


_SAVE = """
INSERT INTO position (tenant_id, id, account_id, symbol, subscription_id, leg, entered,
    entry_value, exited, exit_value, fees_usdt, stop_loss, take_profit, opened_at, as_of,
    closed_at, close_reason, share, platform_share_to_root)
SELECT w.*, t.billing_share, t.platform_share_to_root
FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[],
    %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
    %s::numeric[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::text[])
    AS w (tenant_id, id, account_id, symbol, subscription_id, leg, entered, entry_value, exited,
    exit_value, fees_usdt, stop_loss, take_profit, opened_at, as_of, closed_at, close_reason)
JOIN tenant t ON t.tenant_id = w.tenant_id
ON CONFLICT (tenant_id, id) DO UPDATE SET entered = excluded.entered,
    entry_value = excluded.entry_value, exited = excluded.exited,
    exit_value = excluded.exit_value, fees_usdt = excluded.fees_usdt,
    closed_at = excluded.closed_at, close_reason = excluded.close_reason
"""
