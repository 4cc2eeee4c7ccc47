"""A signal, a strategy, an account that may follow: what tests of decisions vary."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from ironbull_core.facts import (
    AccountFacts,
    Candidate,
    HeldPosition,
    Instrument,
    Market,
    SignalFacts,
    StrategyFacts,
    SubscriptionFacts,
)
from ironbull_messages.ids import (
    ExchangeAccountId,
    PositionId,
    SignalId,
    SubscriptionId,
    UserId,
)
from ironbull_messages.resources import Risk, Sizing
from ironbull_messages.words import Action, Leg

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SYMBOL = "BTC-USDT-SWAP"
OTHER = SubscriptionId(UUID(int=77))
MINE = SubscriptionId(UUID(int=7))
FILTERS = Instrument(SYMBOL, Decimal("0.1"), Decimal("0.001"), Decimal("0.001"), Decimal(5))
MARKET = Market(FILTERS, Decimal(100), NOW)
SIGNAL = SignalFacts(
    id=SignalId(UUID(int=1)),
    symbol=SYMBOL,
    action=Action.OPEN,
    leg=Leg.LONG,
    price=Decimal(100),
    stop_loss=Decimal(98),
    take_profit=Decimal(110),
    confidence=80,
    close_at=NOW,
    valid_until=NOW + timedelta(hours=1),
)
CLOSE = replace(SIGNAL, action=Action.CLOSE, stop_loss=None, take_profit=None)
STRATEGY = StrategyFacts(
    is_running=True, symbols=frozenset({SYMBOL}), risk=Risk(), sizing=Sizing(), last_opened_at=None
)
ACCOUNT = AccountFacts(
    is_ready=True,
    is_assigned=True,
    is_online=True,
    available_usdt=Decimal(5_000),
    positions=0,
    opened_today=0,
    opened_this_week=0,
    lost_today_usdt=Decimal(0),
    losses_in_a_row=0,
    last_loss_at=None,
    last_opened_at=None,
)
FOLLOWER = Candidate(
    subscription=SubscriptionFacts(
        id=MINE,
        user_id=UserId(UUID(int=8)),
        account_id=ExchangeAccountId(UUID(int=9)),
        is_open=True,
        capital_usdt=Decimal(1_000),
        leverage=20,
        risk_mode=None,
        max_loss_usdt=None,
        ratio_percent=100,
    ),
    account=ACCOUNT,
    user_is_active=True,
    points_minor=1,
    position=None,
    live=(),
)
HELD = HeldPosition(PositionId(UUID(int=5)), MINE, Leg.LONG, Decimal(2), NOW)
