"""What does the money path know when it decides? Values that shells load and core never changes.

Quantities and prices are `Decimal`; `_minor` is an `int` of 10⁻⁸ USDT; instants are market time.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ironbull_messages.ids import (
    ExchangeAccountId,
    OrderId,
    PositionId,
    SignalId,
    SubscriptionId,
    UserId,
)
from ironbull_messages.resources import Risk, Sizing, Window
from ironbull_messages.words import Action, Leg, OrderState, RiskMode, Side


class BrokenInvariantError(Exception):
    """Something that must be true is false: raise, roll back, alert; never repair silently."""


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """An accepted opinion."""

    id: SignalId
    symbol: str
    action: Action
    leg: Leg
    price: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    confidence: int
    close_at: datetime
    valid_until: datetime
    """One timeframe of market time after the candle's close."""


@dataclass(frozen=True, slots=True)
class StrategyFacts:
    """The strategy that spoke, as the tenant has set it."""

    is_running: bool
    is_tripped: bool
    """Its kill switch is tripped."""
    symbols: frozenset[str]
    schedule: tuple[Window, ...]
    """When it may open; empty: always."""
    risk: Risk
    sizing: Sizing
    last_opened_at: datetime | None
    """When its last accepted opening on this symbol was; None: never."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """The venue's filters of a symbol."""

    symbol: str
    tick_size: Decimal
    step_size: Decimal
    min_quantity: Decimal
    min_notional: Decimal


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """A user's account that follows a strategy."""

    id: SubscriptionId
    user_id: UserId
    account_id: ExchangeAccountId
    is_open: bool
    capital_usdt: Decimal
    """0: the strategy's own."""
    leverage: int | None
    risk_mode: RiskMode | None
    max_loss_usdt: Decimal | None
    ratio_percent: int


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The exchange account behind a subscription, and what it did lately."""

    is_ready: bool
    is_assigned: bool
    is_online: bool
    available_usdt: Decimal
    positions: int
    """Open positions, orders in flight counted as filled."""
    opened_today: int
    opened_this_week: int
    lost_today_usdt: Decimal
    losses_in_a_row: int
    last_loss_at: datetime | None
    last_opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldPosition:
    """The position of an account in the signal's symbol."""

    id: PositionId
    subscription_id: SubscriptionId | None
    """None: adopted from the venue; it belongs to no subscription."""
    leg: Leg
    quantity: Decimal
    as_of: datetime
    """Market time of the signal that opened it."""


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """An order of the account in the signal's symbol that is not terminal."""

    id: OrderId
    subscription_id: SubscriptionId | None
    action: Action
    leg: Leg
    state: OrderState
    as_of: datetime
    """Market time of its cause."""

    @property
    def is_closing(self) -> bool:
        """Say whether it only reduces."""
        return self.action in {Action.CLOSE, Action.REDUCE}


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that is known of one subscription at the moment of a signal."""

    subscription: SubscriptionFacts
    account: AccountFacts
    user_is_active: bool
    points_minor: int
    position: HeldPosition | None
    live: tuple[LiveOrder, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """What the market says now."""

    instrument: Instrument | None
    """None: the venue does not list the symbol."""
    price: Decimal | None
    """None: no fresh price."""
    now: datetime


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order to be placed, at once or after another one."""

    id: OrderId
    n: int
    cause: str
    account_id: ExchangeAccountId
    subscription_id: SubscriptionId
    position_id: PositionId | None
    action: Action
    leg: Leg
    side: Side
    quantity: Decimal
    leverage: int
    stop_loss: Decimal | None
    take_profit: Decimal | None
    after_order_id: OrderId | None
    """None: at once."""
    expires_at: datetime | None
    """Market time until which a waiting opening may be released; None: a close."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A subscription that does not follow the signal, why, and with which numbers."""

    subscription_id: SubscriptionId
    code: str
    numbers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a signal."""

    refusal: Refused | None
    """The whole signal is refused; `subscription_id` is nil."""
    planned: tuple[PlannedOrder, ...] = ()
    refused: tuple[Refused, ...] = ()
    cancelled: tuple[OrderId, ...] = ()
    """Openings that were never dispatched and give way to a close."""
