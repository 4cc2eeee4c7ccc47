"""How do database rows become the values that core decides on?"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ironbull_app.ports.delivery import Route
from ironbull_core.facts import (
    AccountFacts,
    Candidate,
    HeldPosition,
    LiveOrder,
    StrategyFacts,
    SubscriptionFacts,
)
from ironbull_messages.ids import (
    ExchangeAccountId,
    OrderId,
    PositionId,
    SubscriptionId,
    UserId,
)
from ironbull_messages.resources import StrategySpec
from ironbull_messages.words import Action, Leg, OrderState, RiskMode

Row = Mapping[str, Any]


def strategy_facts(row: Row) -> StrategyFacts:
    """Read the strategy that spoke."""
    spec = StrategySpec.stored(row["spec"])
    return StrategyFacts(
        is_running=row["is_running"],
        is_tripped=bool(row["is_tripped"]),
        symbols=frozenset(row["symbols"]),
        schedule=spec.schedule,
        risk=spec.risk,
        sizing=spec.sizing,
        last_opened_at=row["last_opened_at"],
    )


def route(row: Row) -> Route:
    """Read where an account's tasks go."""
    return Route(row["member_token"], row["epoch"], row["journal_id"], row["control_version"])


def candidate(row: Row) -> Candidate:
    """Read one subscription with its account, position and live orders."""
    return Candidate(
        subscription=SubscriptionFacts(
            id=SubscriptionId(row["subscription_id"]),
            user_id=UserId(row["user_id"]),
            account_id=ExchangeAccountId(row["account_id"]),
            is_open=row["is_open"],
            capital_usdt=row["capital_usdt"],
            leverage=row["leverage"],
            risk_mode=None if row["risk_mode"] is None else RiskMode(row["risk_mode"]),
            max_loss_usdt=row["max_loss_usdt"],
            ratio_percent=row["ratio_percent"],
        ),
        account=_account(row),
        user_is_active=row["user_is_active"],
        points_minor=int(row["points"]),
        position=_position(row),
        live=tuple(_live(one) for one in row["live_orders"] or ()),
    )


def _account(row: Row) -> AccountFacts:
    return AccountFacts(
        is_ready=row["account_state"] == "ready",
        is_assigned=row["member_token"] is not None,
        is_online=row["is_online"] and row["journal_id"] is not None,
        available_usdt=row["available_usdt"] or Decimal(0),
        positions=row["positions"] or 0,
        opened_today=row["today"] or 0,
        opened_this_week=row["week"] or 0,
        lost_today_usdt=row["lost_today"] or Decimal(0),
        losses_in_a_row=row["in_a_row"] or 0,
        last_loss_at=row["last_loss_at"],
        last_opened_at=row["last_opened_at"],
    )


def _position(row: Row) -> HeldPosition | None:
    if row["position_id"] is None:
        return None
    owner = row["position_owner"]
    return HeldPosition(
        id=PositionId(row["position_id"]),
        subscription_id=None if owner is None else SubscriptionId(owner),
        leg=Leg(row["position_leg"]),
        quantity=row["position_quantity"],
        as_of=row["position_as_of"],
    )


def _live(row: Row) -> LiveOrder:
    owner = row["subscription_id"]
    return LiveOrder(
        id=OrderId(UUID(row["id"])),
        subscription_id=None if owner is None else SubscriptionId(UUID(owner)),
        action=Action(row["action"]),
        leg=Leg(row["leg"]),
        state=OrderState(row["state"]),
        as_of=datetime.fromisoformat(row["as_of"]),
    )
