"""Which words of the trade do messages, core and database share?"""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """What a signal or an order wants of a position."""

    OPEN = "OPEN"
    ADD = "ADD"
    REDUCE = "REDUCE"
    CLOSE = "CLOSE"


class Leg(StrEnum):
    """Which way a position faces."""

    LONG = "LONG"
    SHORT = "SHORT"

    @property
    def opposite(self) -> "Leg":
        """Return the other way."""
        return Leg.SHORT if self is Leg.LONG else Leg.LONG


class Side(StrEnum):
    """Which side of the book an order takes."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """How an order meets the book."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"


class Lane(StrEnum):
    """The two lanes of tasks: closing and protecting never wait behind opening."""

    OPEN = "open"
    CLOSE = "close"


class OrderState(StrEnum):
    """Where an order is in its life; core holds the table of legal moves."""

    PLANNED = "planned"
    DISPATCHED = "dispatched"
    SUBMITTING = "submitting"
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    CANCEL_PENDING = "cancel_pending"
    UNKNOWN = "unknown"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DENIED = "denied"
    NOT_SENT = "not_sent"

    @property
    def is_terminal(self) -> bool:
        """Say whether nothing but a late fact can change the order any more."""
        return self in TERMINAL_STATES


TERMINAL_STATES: Final = frozenset(
    {
        OrderState.FILLED,
        OrderState.CANCELLED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
        OrderState.DENIED,
        OrderState.NOT_SENT,
    }
)


class CloseReason(StrEnum):
    """Why a position was closed."""

    STOP_LOSS = "STOP_LOSS"
    TAKE_PROFIT = "TAKE_PROFIT"
    SIGNAL = "SIGNAL"
    MANUAL = "MANUAL"
    LIQUIDATION = "LIQUIDATION"
    VENUE = "VENUE"


class VenueType(StrEnum):
    """Which venue's wire protocol an account speaks."""

    BINANCE = "binance"


class Environment(StrEnum):
    """Whether money is real."""

    PAPER = "Paper"
    LIVE = "Live"


class Mode(StrEnum):
    """Whether a strategy trades with real money; the same words as those of its venue."""

    PAPER = "Paper"
    LIVE = "Live"


class Timeframe(StrEnum):
    """How long a candle is."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def duration(self) -> timedelta:
        """Return the candle's length."""
        return _DURATIONS[self]


_DURATIONS: Final = {
    Timeframe.M1: timedelta(minutes=1),
    Timeframe.M5: timedelta(minutes=5),
    Timeframe.M15: timedelta(minutes=15),
    Timeframe.H1: timedelta(hours=1),
    Timeframe.H4: timedelta(hours=4),
    Timeframe.D1: timedelta(days=1),
}


class PointKind(StrEnum):
    """The two kinds of point card: bought and granted."""

    SELF = "self"
    GIFT = "gift"


class RiskMode(StrEnum):
    """The share of the capital one trade may tie up as margin: 1 %, 1.5 %, 2 % (C-R15)."""

    CONSERVATIVE = "Conservative"
    BALANCED = "Balanced"
    AGGRESSIVE = "Aggressive"


class TenantState(StrEnum):
    """What a tenant may do."""

    ACTIVE = "Active"
    SUSPENDED = "Suspended"
    DRAINING = "Draining"


class DeletionPolicy(StrEnum):
    """What becomes of a tenant's data when it is deleted."""

    RETAIN = "Retain"
    DELETE = "Delete"


class DesiredState(StrEnum):
    """Whether a strategy runs."""

    RUNNING = "Running"
    PAUSED = "Paused"
    STOPPED = "Stopped"


class Weekday(StrEnum):
    """A day of the week in UTC."""

    MON = "Mon"
    TUE = "Tue"
    WED = "Wed"
    THU = "Thu"
    FRI = "Fri"
    SAT = "Sat"
    SUN = "Sun"


class Placement(StrEnum):
    """Which engine runs a strategy: the tenant's one, or one of its own."""

    SHARED = "Shared"
    DEDICATED = "Dedicated"


class KillSwitch(StrEnum):
    """What a document says of a kill switch; only the platform re-arms one that was tripped."""

    ARMED = "Armed"
    TRIPPED = "Tripped"


def opening_side(leg: Leg) -> Side:
    """Return the side that opens or adds to this leg."""
    return Side.BUY if leg is Leg.LONG else Side.SELL


def closing_side(leg: Leg) -> Side:
    """Return the side that reduces or closes this leg."""
    return Side.SELL if leg is Leg.LONG else Side.BUY


def feed_id(venue: VenueType, environment: Environment) -> str:
    """Return the platform's id of a feed, as `binance-paper`; never a tenant's name for it."""
    return f"{venue.value}-{environment.value.lower()}"
