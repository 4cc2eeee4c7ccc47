"""How does an order become a task for a member? Pure, the same for every flow."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ironbull_app.ports.delivery import Route
from ironbull_messages.ids import ExchangeAccountId, OrderId, StrategyName, task_id
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Action, Leg, OrderType, closing_side, opening_side

OPENING_VALID: Final = timedelta(seconds=60)
CLOSING: Final = frozenset({Action.CLOSE, Action.REDUCE})


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """What of an order its task carries."""

    id: OrderId
    tenant: str
    account_id: ExchangeAccountId
    symbol: str
    action: Action
    leg: Leg
    quantity: Decimal
    leverage: int
    as_of: datetime
    strategy: StrategyName | None = None
    """Whose opening it is; a close needs none."""

    def of(self, quantity: Decimal) -> "OrderIntent":
        """Return the same intent for another quantity."""
        return replace(self, quantity=quantity)


def order_task(intent: OrderIntent, route: Route, now: datetime) -> OrderTask:
    """Return the first, fresh task of an order."""
    closing = intent.action in CLOSING
    return OrderTask(
        task_id=task_id(intent.id, "order"),
        order_id=intent.id,
        tenant=intent.tenant,
        token=route.token,
        account_id=intent.account_id,
        epoch=route.epoch,
        journal_id=route.journal_id,
        fresh=True,
        send_number=1,
        control_version=route.control_version,
        symbol=intent.symbol,
        created_at=now,
        as_of=intent.as_of,
        action=intent.action,
        leg=intent.leg,
        side=closing_side(intent.leg) if closing else opening_side(intent.leg),
        order_type=OrderType.MARKET,
        quantity=intent.quantity,
        reduce_only=closing,
        leverage=intent.leverage,
        valid_until=None if closing else now + OPENING_VALID,
        strategy=None if closing else intent.strategy,
    )
