"""Settle positions that went flat: trade, charge, the pool's parts, and word to the tenant."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ironbull_app.ports.delivery import Outgoing
from ironbull_app.ports.settling import Billing, BookedOrder, OrderKey, Settlement, SettleStore
from ironbull_core.accounting import ClosedTrade, account_for
from ironbull_core.facts import BrokenInvariantError
from ironbull_core.positions import Position
from ironbull_messages import subjects
from ironbull_messages.amounts import format_amount, from_minor
from ironbull_messages.events import Event, EventKind
from ironbull_messages.ids import TradeId, UserId, derive


async def settle_closed(
    closed: Sequence[tuple[str, Position]],
    orders: Mapping[OrderKey, BookedOrder],
    store: SettleStore,
) -> None:
    """Charge and share, each position once; the order is that of their closing."""
    if not closed:
        return
    users = {order.place: order.user_id for order in orders.values()}
    in_order = sorted(closed, key=lambda one: (_closed_at(one[1]), str(one[1].id)))
    billing = await store.billing([(tenant, position.id) for tenant, position in in_order])
    trades = [
        _trade(tenant, one, users[tenant, one.account_id, one.symbol], billing[one.id])
        for tenant, one in in_order
    ]
    networks = await store.networks(sorted({(one.tenant, one.user_id) for one in trades}))
    book = await store.book([(one, networks[one.tenant, one.user_id]) for one in trades])
    settlements = [
        Settlement(
            position, trade, networks[trade.tenant, trade.user_id],
            account_for(trade, networks[trade.tenant, trade.user_id], book),
        )
        for (_, position), trade in zip(in_order, trades, strict=True)
    ]  # fmt: skip
    await store.save_settlements(settlements, book)
    await store.tell([event for one in settlements for event in _events(one)])


def _trade(tenant: str, position: Position, user: UserId, billing: Billing) -> ClosedTrade:
    return ClosedTrade(
        id=TradeId(derive("trade", str(position.id))),
        tenant=tenant,
        user_id=user,
        account_id=position.account_id,
        gross_usdt=position.gross_usdt,
        fees_usdt=position.fees_usdt,
        share=billing.share,
        platform_share_to_root=billing.platform_share_to_root,
    )


def _events(settlement: Settlement) -> list[Outgoing]:
    trade, accounting = settlement.trade, settlement.accounting
    data = {
        "symbol": settlement.position.symbol,
        "leg": settlement.position.leg.value,
        "net_usdt": format_amount(trade.net_usdt),
        "charge_usdt": format_amount(from_minor(accounting.charge)),
        "unpaid_usdt": format_amount(from_minor(accounting.unpaid)),
    }
    kinds = [EventKind.TRADE_CLOSED] + [EventKind.PROFIT_REALISED] * (accounting.charge > 0)
    return [_event(settlement, kind, data) for kind in kinds]


def _event(settlement: Settlement, kind: EventKind, data: dict[str, str]) -> Outgoing:
    trade = settlement.trade
    event = Event(
        id=derive("event", trade.tenant, kind, str(trade.id)),
        tenant=trade.tenant,
        kind=kind,
        at=_closed_at(settlement.position),
        subject_id=trade.id,
        data=data,
    )
    subject = subjects.event(trade.tenant, kind)
    return Outgoing(trade.tenant, event.id, subjects.EVENTS, subject, event)


def _closed_at(position: Position) -> datetime:
    if position.closed_at is None:
        raise BrokenInvariantError(f"position {position.id} is not closed")
    return position.closed_at
