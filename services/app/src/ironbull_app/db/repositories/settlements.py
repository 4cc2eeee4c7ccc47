"""SQL of closed trades: the round trip, its commissions, and the ledger."""

import json
from collections.abc import Sequence
from typing import Any

from ironbull_app.db.repositories import ledger
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.settling import Settlement
from ironbull_core.facts import BrokenInvariantError
from ironbull_core.ledger import Book
from ironbull_core.network import Network
from ironbull_messages.amounts import format_amount


async def save(tx: Tx, settlements: Sequence[Settlement], book: Book) -> None:
    """Store trades and commissions, and write the book."""
    for one in settlements:
        await tx.execute(_TRADE, _values(one))
    shares = [
        (one.trade.tenant, one.trade.id, ordinal, share, one.trade.user_id)
        for one in settlements
        for ordinal, share in enumerate(one.accounting.shares)
    ]
    await tx.execute(
        """INSERT INTO commission (tenant_id, trade_id, ordinal, kind, receiver_id, source_id,
            amount)
        SELECT * FROM unnest(%s::text[], %s::uuid[], %s::int[], %s::text[], %s::uuid[],
            %s::uuid[], %s::bigint[])""",
        (
            [tenant for tenant, *_ in shares],
            [trade for _, trade, *_ in shares],
            [ordinal for _, _, ordinal, _, _ in shares],
            [share.kind.value for _, _, _, share, _ in shares],
            [share.receiver for _, _, _, share, _ in shares],
            [source for *_, source in shares],
            [share.minor for _, _, _, share, _ in shares],
        ),
    )
    closed = [one.position.closed_at for one in settlements if one.position.closed_at]
    await ledger.write(tx, book, max(closed))


_TRADE = """
INSERT INTO trade (tenant_id, id, position_id, user_id, account_id, subscription_id, symbol, leg,
    quantity, gross_usdt, fees_usdt, net_usdt, share, charge, paid_self, paid_gift, unpaid,
    network, close_reason, opened_at, closed_at, closed_as_of)
VALUES (%(tenant)s, %(id)s, %(position)s, %(user)s, %(account)s, %(subscription)s, %(symbol)s,
    %(leg)s, %(quantity)s, %(gross)s, %(fees)s, %(net)s, %(share)s, %(charge)s, %(paid_self)s,
    %(paid_gift)s, %(unpaid)s, %(network)s, %(close_reason)s, %(opened_at)s, %(closed_at)s,
    coalesce(
        (SELECT max(p.as_of) FROM price p JOIN exchange_account a ON a.feed = p.feed
            WHERE a.tenant_id = %(tenant)s AND a.id = %(account)s),
        (SELECT max(c.close_at) FROM candle c JOIN exchange_account a ON a.feed = c.feed
            WHERE a.tenant_id = %(tenant)s AND a.id = %(account)s),
        %(closed_at)s))
"""


def _values(one: Settlement) -> dict[str, Any]:
    position, trade, accounting = one.position, one.trade, one.accounting
    if position.close_reason is None:
        raise BrokenInvariantError(f"position {position.id} closed for no reason")
    return {
        "tenant": trade.tenant,
        "id": trade.id,
        "position": position.id,
        "user": trade.user_id,
        "account": trade.account_id,
        "subscription": position.subscription_id,
        "symbol": position.symbol,
        "leg": position.leg.value,
        "quantity": position.entered,
        "gross": trade.gross_usdt,
        "fees": trade.fees_usdt,
        "net": trade.net_usdt,
        "share": trade.share,
        "charge": accounting.charge,
        "paid_self": accounting.paid_self,
        "paid_gift": accounting.paid_gift,
        "unpaid": accounting.unpaid,
        "network": _snapshot(one.network),
        "close_reason": position.close_reason.value,
        "opened_at": position.opened_at,
        "closed_at": position.closed_at,
    }


def _snapshot(network: Network) -> str:
    """Write the tree as it was at the event, so that the split can be recomputed."""
    return json.dumps(
        {
            "source_level": network.source_level,
            "root_id": str(network.root_id),
            "ancestors": [
                {
                    "user_id": str(one.user_id),
                    "level": one.level,
                    "is_market_node": one.is_market_node,
                    "self_hold_usdt": format_amount(one.self_hold_usdt),
                }
                for one in network.ancestors
            ],
        }
    )
