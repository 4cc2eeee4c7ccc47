"""What is a running strategy: its class, its instruments, its limits and its sizes?"""

import hashlib
import json
from decimal import Decimal
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from ironbull_messages.amounts import PositiveAmount, UnsignedAmount
from ironbull_messages.base import Name
from ironbull_messages.resources.parts import Namespaced, RuledSpec, Spec
from ironbull_messages.resources.schedule import MAX_WINDOWS, Window
from ironbull_messages.rules.rule import Rules
from ironbull_messages.rules.strategy import STRATEGY_RULES
from ironbull_messages.symbols import Symbol
from ironbull_messages.words import DesiredState, KillSwitch, Mode, Placement, RiskMode, Timeframe

MAX_PARAMETERS: Final = 64

ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ParameterValue = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class ClassRef(Spec):
    """Which strategy class runs, and which version of it."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$", max_length=63)]
    """The class, as `ma_cross`. It cannot change: another class is another Strategy."""
    version: Annotated[int, Field(ge=1, le=999)] = 1
    """The version of the class; one that the platform does not have is refused with its name."""


class Risk(Spec):
    """Limits of one exchange account under this strategy.

    They bound what opens or adds. What reduces, closes or protects a position is never refused by
    them. Each limit that is left out has the default that is shown.
    """

    min_confidence: Annotated[int, Field(ge=0, le=100)] = 50
    """Signals of less confidence, in percent, open nothing."""
    cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 0
    """Market time between two openings of the strategy on a symbol, in seconds; 0: none."""
    min_balance_usdt: UnsignedAmount = Decimal(100)
    """An account with less available balance opens nothing, in USDT; `"0"`: any may."""
    max_positions: Annotated[int, Field(ge=1, le=1_000)] = 10
    """Positions that an account holds at the same time; orders in flight count as positions."""
    max_position_value_usdt: PositiveAmount = Decimal(10_000)
    """Notional of one order at most, in USDT; a larger order is refused, not made smaller."""
    daily_trade_limit: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Openings of an account in one day, which begins at 00:00 UTC."""
    weekly_trade_limit: Annotated[int, Field(ge=1, le=100_000)] = 500
    """Openings of an account in seven days; at least `dailyTradeLimit`."""
    daily_loss_limit_usdt: PositiveAmount = Decimal(1_000)
    """When an account has lost so much since 00:00 UTC, in USDT, it opens nothing until the next
    day."""
    max_consecutive_losses: Annotated[int, Field(ge=1, le=1_000)] = 5
    """After so many losing trades in a row an account pauses for `lossCoolDownSeconds`."""
    loss_cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 1_800
    """How long it then pauses, from its last loss on, in seconds of market time; 0: not at all."""
    trade_cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 60
    """Market time between two openings of an account, of whatever symbol, in seconds."""
    allowed_symbols: tuple[Symbol, ...] = Field(default=(), max_length=200)
    """Only these may be opened; it then holds all `symbols` of the strategy. Empty: all may."""
    blocked_symbols: tuple[Symbol, ...] = Field(default=(), max_length=200)
    """These may not be opened."""


class Sizing(Spec):
    """How much one order buys: capital × risk mode × leverage, or what a stop may lose.

    A subscription may name its own capital, leverage, risk mode and maximal loss, which come first.
    """

    capital_usdt: UnsignedAmount = Decimal(0)
    """Capital that an order is a share of, in USDT. `"0"`: what the subscription names, else orders
    have the notional `fallbackUsdt`."""
    leverage: Annotated[int, Field(ge=1, le=125)] = 20
    """Notional per margin. It also bounds how far a stop may be: 80 % of the way to liquidation."""
    risk_mode: RiskMode = RiskMode.CONSERVATIVE
    """Share of the capital that one order takes as margin: Conservative 1 %, Balanced 1.5 %,
    Aggressive 2 %."""
    max_loss_usdt: PositiveAmount | None = None
    """Margin of one order, or with `riskBased` what it loses at its stop, in USDT. Left out:
    capital × risk mode."""
    risk_based: bool = False
    """True: the notional follows from the distance to the stop, so that a stop loses
    `maxLossUsdt`, and is three times the capital at most."""
    min_capital_usdt: UnsignedAmount = Decimal(0)
    """With less capital, in USDT, orders are refused."""
    fallback_usdt: PositiveAmount = Decimal(100)
    """Notional of an order where neither the strategy nor the subscription names a capital, in
    USDT."""


class StrategySpec(RuledSpec):
    """What the strategy watches, what it may open, and for how much."""

    rules: ClassVar[Rules] = STRATEGY_RULES

    class_ref: ClassRef
    parameters: dict[ParameterName, ParameterValue] = Field(
        default_factory=dict, max_length=MAX_PARAMETERS
    )
    """Settings of the class by name, as text, as `fast_ma: "5"`; those left out have the class's
    defaults. An unknown name or a value out of its range is refused with the range."""
    symbols: tuple[Symbol, ...] = Field(min_length=1, max_length=100)
    """Perpetual swaps that it watches and trades, as `BTC-USDT-SWAP`. They change only while it is
    Paused or Stopped."""
    timeframe: Timeframe
    """Length of a candle; the strategy decides when one closes. It changes only while it is Paused
    or Stopped."""
    venue: Name
    """The tenant's venue whose market it watches and whose accounts follow it. It cannot change."""
    mode: Mode = Mode.PAPER
    """Paper: it trades with invented money, on a venue of environment Paper alone. Live: with real
    money, on a venue of environment Live alone. A strategy begins as Paper, becomes Live once, and
    stays so; Live needs each limit of `risk` and `sizing` that can be left open."""
    desired_state: DesiredState = DesiredState.RUNNING
    """Running: it opens. Paused, Stopped: it opens nothing, and open positions keep their stops and
    are closed as before."""
    kill_switch: KillSwitch = KillSwitch.ARMED
    """Tripped: nothing is opened any more, and stops and closes go on. Armed, or leaving it out,
    never re-arms a switch that was tripped: that is done at the admin API alone."""
    placement: Placement = Placement.SHARED
    """Shared: it runs in the tenant's one engine. Dedicated: it has an engine of its own, and
    neither slows others nor is restarted with them."""
    schedule: tuple[Window, ...] = Field(default=(), max_length=MAX_WINDOWS)
    """When it may open, by market time in UTC. Outside of these windows nothing is opened; stops
    and closes go on. Empty: at any time."""
    risk: Risk = Risk()
    sizing: Sizing = Sizing()


class Strategy(Namespaced):
    """A strategy that runs for a tenant: it watches a market, and accounts that subscribed follow.

    Stopping or deleting it opens nothing more and leaves the protection of open positions on.
    """

    kind: Literal["Strategy"] = "Strategy"
    spec: StrategySpec


def strategy_version(spec: StrategySpec) -> str:
    """Return the 16 hex digits that stand on every signal: a hash of what computes opinions."""
    causes = spec.model_dump_json(
        by_alias=True, include={"class_ref", "parameters", "timeframe", "symbols", "venue"}
    )
    canonical = json.dumps(json.loads(causes), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
