"""How do rows of orders and fills become the settler's values?"""

from collections.abc import Mapping
from typing import Any, Final, LiteralString

from ironbull_app.db.repositories.facts import route
from ironbull_app.ports.settling import BookedOrder, NewFill, OrderKey
from ironbull_core.orders import OrderFacts
from ironbull_core.positions import Fill
from ironbull_messages.ids import ExchangeAccountId, OrderId, StrategyName, SubscriptionId, UserId
from ironbull_messages.words import Action, CloseReason, Leg, OrderState, Side

BOOKED: Final[LiteralString] = """
SELECT o.*, followed.strategy, a.user_id, a.member_token, a.epoch AS account_epoch, m.journal_id,
    (SELECT control_version FROM platform_state) AS control_version
FROM orders o
JOIN exchange_account a ON a.tenant_id = o.tenant_id AND a.id = o.account_id
LEFT JOIN subscription followed ON followed.tenant_id = o.tenant_id
    AND followed.id = o.subscription_id
LEFT JOIN member m ON m.tenant_id = a.tenant_id AND m.token = a.member_token"""


def booked_order(row: Mapping[str, Any]) -> BookedOrder:
    """Read an order with the account behind it."""
    owner, reason = row["subscription_id"], row["close_reason"]
    is_served = row["member_token"] is not None and row["journal_id"] is not None
    return BookedOrder(
        tenant=row["tenant_id"],
        id=OrderId(row["id"]),
        facts=OrderFacts(
            state=OrderState(row["state"]),
            seq=row["seq"],
            epoch=row["epoch"],
            filled_quantity=row["filled_quantity"],
            booked_quantity=row["booked_quantity"],
        ),
        account_id=ExchangeAccountId(row["account_id"]),
        user_id=UserId(row["user_id"]),
        subscription_id=None if owner is None else SubscriptionId(owner),
        symbol=row["symbol"],
        action=Action(row["action"]),
        leg=Leg(row["leg"]),
        quantity=row["quantity"],
        leverage=row["leverage"],
        stop_loss=row["stop_loss"],
        take_profit=row["take_profit"],
        close_reason=None if reason is None else CloseReason(reason),
        after_order_id=row["after_order_id"],
        expires_at=row["expires_at"],
        as_of=row["as_of"],
        strategy=None if row["strategy"] is None else StrategyName(row["strategy"]),
        route=route({**row, "epoch": row["account_epoch"]}) if is_served else None,
    )


def new_fill(row: Mapping[str, Any], orders: Mapping[OrderKey, BookedOrder]) -> NewFill:
    """Read a fill that was just booked, with what its order says of the position."""
    key = (row["tenant_id"], OrderId(row["order_id"]))
    order = orders[key]
    fill = Fill(
        order_id=order.id,
        venue_trade_id=row["venue_trade_id"],
        subscription_id=order.subscription_id,
        side=Side(row["side"]),
        quantity=row["quantity"],
        price=row["price"],
        fee_usdt=row["fee_usdt"],
        traded_at=row["traded_at"],
        as_of=order.as_of,
        close_reason=order.close_reason or CloseReason.SIGNAL,
        stop_loss=order.stop_loss,
        take_profit=order.take_profit,
    )
    return NewFill(key, fill)
