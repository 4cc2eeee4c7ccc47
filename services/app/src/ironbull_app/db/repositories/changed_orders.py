"""SQL of what results change of orders: one statement, however many results there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.settling import ChangedOrder, OrderKey
from ironbull_messages.words import OrderState


@dataclass(frozen=True, slots=True)
class _Row:
    """The last word on an order; a text that is None leaves what is stored."""

    state: OrderState
    seq: int
    filled: Decimal
    booked: Decimal
    reason: str | None
    venue_code: str | None
    venue_order_id: str | None
    client_order_id: str | None
    is_corrected: bool


async def save(tx: Tx, changes: Sequence[ChangedOrder]) -> None:
    """Store the last word on each order; one that is told again stays as old as it is."""
    rows = _fold(changes)
    if not rows:
        return
    await tx.execute(
        """UPDATE orders o SET state = w.state, seq = w.seq, filled_quantity = w.filled,
            booked_quantity = w.booked, reason = coalesce(w.reason, o.reason),
            venue_code = coalesce(w.venue_code, o.venue_code),
            venue_order_id = coalesce(w.venue_order_id, o.venue_order_id),
            client_order_id = coalesce(w.client_order_id, o.client_order_id),
            is_corrected = o.is_corrected OR w.is_corrected,
            updated_at = CASE WHEN (o.state, o.filled_quantity, o.booked_quantity)
                IS DISTINCT FROM (w.state, w.filled, w.booked) THEN now() ELSE o.updated_at END
        FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::int[], %s::numeric[], %s::numeric[],
            %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[])
            AS w (tenant_id, id, state, seq, filled, booked, reason, venue_code, venue_order_id,
            client_order_id, is_corrected)
        WHERE o.tenant_id = w.tenant_id AND o.id = w.id""",
        (
            [tenant for tenant, _ in rows],
            [order for _, order in rows],
            [one.state.value for one in rows.values()],
            [one.seq for one in rows.values()],
            [one.filled for one in rows.values()],
            [one.booked for one in rows.values()],
            [one.reason for one in rows.values()],
            [one.venue_code for one in rows.values()],
            [one.venue_order_id for one in rows.values()],
            [one.client_order_id for one in rows.values()],
            [one.is_corrected for one in rows.values()],
        ),
    )


def _fold(changes: Iterable[ChangedOrder]) -> dict[OrderKey, _Row]:
    rows: dict[OrderKey, _Row] = {}
    for one in changes:
        key = (one.order.tenant, one.order.id)
        rows[key] = _row(one) if key not in rows else _later(rows[key], _row(one))
    return rows


def _row(one: ChangedOrder) -> _Row:
    return _Row(
        state=one.change.state,
        seq=one.change.seq,
        filled=one.change.filled_quantity,
        booked=one.booked,
        reason=one.result.reason,
        venue_code=one.result.venue_code,
        venue_order_id=one.result.venue_order_id,
        client_order_id=one.result.client_order_id,
        is_corrected=one.change.is_correction,
    )


def _later(before: _Row, after: _Row) -> _Row:
    return replace(
        after,
        reason=after.reason or before.reason,
        venue_code=after.venue_code or before.venue_code,
        venue_order_id=after.venue_order_id or before.venue_order_id,
        client_order_id=after.client_order_id or before.client_order_id,
        is_corrected=after.is_corrected or before.is_corrected,
    )
