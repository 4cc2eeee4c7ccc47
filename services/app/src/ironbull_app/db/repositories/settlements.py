"""SQL of closed trades: the round trip, its commissions, and the ledger."""

import json
from collections.abc import Sequence

from ironbull_app.db.repositories import ledger
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.settling import Settlement
from ironbull_core.facts import BrokenInvariantError
from ironbull_core.ledger import Book
from ironbull_core.network import Network
from ironbull_core.positions import Position
from ironbull_messages.amounts import format_amount


async def save(tx: Tx, settlements: Sequence[Settlement], book: Book) -> None:
    """Store trades and commissions, and write the book."""
    await _save_trades(tx, settlements)
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


async def _save_trades(tx: Tx, settlements: Sequence[Settlement]) -> None:
    trades = [one.trade for one in settlements]
    lives = [one.position for one in settlements]
    paid = [one.accounting for one in settlements]
    await tx.execute(
        _TRADES,
        (
            [one.tenant for one in trades],
            [one.id for one in trades],
            [one.id for one in lives],
            [one.user_id for one in trades],
            [one.account_id for one in trades],
            [one.subscription_id for one in lives],
            [one.symbol for one in lives],
            [one.leg.value for one in lives],
            [one.entered for one in lives],
            [one.gross_usdt for one in trades],
            [one.fees_usdt for one in trades],
            [one.net_usdt for one in trades],
            [one.share for one in trades],
            [one.charge for one in paid],
            [one.paid_self for one in paid],
            [one.paid_gift for one in paid],
            [one.unpaid for one in paid],
            [_snapshot(one.network) for one in settlements],
            [_reason(one) for one in lives],
            [one.opened_at for one in lives],
            [one.closed_at for one in lives],
        ),
    )


_TRADES = """
INSERT INTO trade (tenant_id, id, position_id, user_id, account_id, subscription_id, symbol, leg,
    quantity, gross_usdt, fees_usdt, net_usdt, share, charge, paid_self, paid_gift, unpaid,
    network, close_reason, opened_at, closed_at, closed_as_of)
SELECT w.*, coalesce(
    (SELECT max(p.as_of) FROM price p WHERE p.feed = a.feed),
    (SELECT max(c.close_at) FROM candle c WHERE c.feed = a.feed),
    w.closed_at)
FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[],
    %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
    %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::jsonb[], %s::text[],
    %s::timestamptz[], %s::timestamptz[])
    AS w (tenant_id, id, position_id, user_id, account_id, subscription_id, symbol, leg, quantity,
    gross, fees, net, share, charge, paid_self, paid_gift, unpaid, network, close_reason,
    opened_at, closed_at)
JOIN exchange_account a ON a.tenant_id = w.tenant_id AND a.id = w.account_id
"""


def _reason(position: Position) -> str:
    if position.close_reason is None:
        raise BrokenInvariantError(f"position {position.id} closed for no reason")
    return position.close_reason.value


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
