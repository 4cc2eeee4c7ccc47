"""An ordinary desk: facts of which each test changes what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from ironbull_core.facts import (
    AccountFacts,
    Candidate,
    Decision,
    HeldPosition,
    Instrument,
    LiveOrder,
    Market,
    SignalFacts,
    StrategyFacts,
    SubscriptionFacts,
)
from ironbull_core.money_path import decide
from ironbull_messages.ids import (
    ExchangeAccountId,
    OrderId,
    PositionId,
    SignalId,
    SubscriptionId,
    UserId,
)
from ironbull_messages.resources import Risk, Sizing
from ironbull_messages.words import Action, Leg, OrderState

TENANT = "acme"
SYMBOL = "BTC-USDT-SWAP"
CLOSE_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCOUNT = ExchangeAccountId(UUID(int=1))
USER = UserId(UUID(int=2))
MINE = SubscriptionId(UUID(int=3))
OTHER = SubscriptionId(UUID(int=4))
ROOT = UserId(UUID(int=99))

SIGNAL = SignalFacts(
    id=SignalId(UUID(int=5)),
    symbol=SYMBOL,
    action=Action.OPEN,
    leg=Leg.LONG,
    price=Decimal(100),
    stop_loss=Decimal(99),
    take_profit=Decimal(103),
    confidence=80,
    close_at=CLOSE_AT,
    valid_until=CLOSE_AT + HOUR,
)
CLOSE = replace(SIGNAL, action=Action.CLOSE, stop_loss=None, take_profit=None)
SUBSCRIPTION = SubscriptionFacts(
    id=MINE,
    user_id=USER,
    account_id=ACCOUNT,
    is_open=True,
    capital_usdt=Decimal(1_000),
    leverage=20,
    risk_mode=None,
    max_loss_usdt=None,
    ratio_percent=100,
)
IDLE = AccountFacts(
    is_ready=True,
    is_assigned=True,
    is_online=True,
    available_usdt=Decimal(10_000),
    positions=0,
    opened_today=0,
    opened_this_week=0,
    lost_today_usdt=Decimal(0),
    losses_in_a_row=0,
    last_loss_at=None,
    last_opened_at=None,
)
CANDIDATE = Candidate(
    subscription=SUBSCRIPTION,
    account=IDLE,
    user_is_active=True,
    points_minor=1,
    position=None,
    live=(),
)
STRATEGY = StrategyFacts(
    is_running=True,
    is_tripped=False,
    symbols=frozenset({SYMBOL}),
    schedule=(),
    risk=Risk(),
    sizing=Sizing(),
    last_opened_at=None,
)
INSTRUMENT = Instrument(
    symbol=SYMBOL,
    tick_size=Decimal("0.1"),
    step_size=Decimal("0.001"),
    min_quantity=Decimal("0.001"),
    min_notional=Decimal(5),
)
MARKET = Market(instrument=INSTRUMENT, price=Decimal(100), now=CLOSE_AT + timedelta(minutes=1))


def held(leg: Leg = Leg.LONG, owner: SubscriptionId | None = MINE) -> HeldPosition:
    """Hold two units since an hour before the signal."""
    return HeldPosition(PositionId(UUID(int=7)), owner, leg, Decimal(2), CLOSE_AT - HOUR)


def live(
    action: Action = Action.OPEN,
    leg: Leg = Leg.LONG,
    state: OrderState = OrderState.DISPATCHED,
    *,
    owner: SubscriptionId | None = MINE,
    number: int = 8,
    as_of: datetime = CLOSE_AT - HOUR,
) -> LiveOrder:
    """Have an order that is not finished."""
    return LiveOrder(OrderId(UUID(int=number)), owner, action, leg, state, as_of)


def decided(
    candidate: Candidate = CANDIDATE,
    signal: SignalFacts = SIGNAL,
    strategy: StrategyFacts = STRATEGY,
    market: Market = MARKET,
    *,
    tenant_is_active: bool = True,
) -> Decision:
    """Decide for one subscription."""
    return decide(signal, strategy, [candidate], market, tenant_is_active=tenant_is_active)


def refusal(decision: Decision) -> str | None:
    """Return the only refusal's code; None: an order was planned."""
    if decision.refusal is not None:
        return decision.refusal.code
    return decision.refused[0].code if decision.refused else None
