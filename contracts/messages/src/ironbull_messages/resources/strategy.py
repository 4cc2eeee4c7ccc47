"""What is a running strategy: its class, its instruments, its limits and its sizes?"""

import hashlib
import json
from decimal import Decimal
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from ironbull_messages.amounts import PositiveAmount, UnsignedAmount
from ironbull_messages.base import Name
from ironbull_messages.resources.parts import Namespaced, RuledSpec, Spec
from ironbull_messages.rules.rule import Rules
from ironbull_messages.rules.strategy import STRATEGY_RULES
from ironbull_messages.symbols import Symbol
from ironbull_messages.words import DesiredState, KillSwitch, RiskMode, Timeframe

MAX_PARAMETERS: Final = 64

ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ParameterValue = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class ClassRef(Spec):
    """Which strategy class runs, and which version of it."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$", max_length=63)]
    version: Annotated[int, Field(ge=1, le=999)] = 1


class Risk(Spec):
    """Limits of one exchange account under this strategy; a limit left out is off."""

    min_confidence: Annotated[int, Field(ge=0, le=100)] = 50
    cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 0
    """Market time between two openings of the strategy on a symbol."""
    min_balance_usdt: UnsignedAmount = Decimal(100)
    max_positions: Annotated[int, Field(ge=1, le=1_000)] = 10
    max_position_value_usdt: PositiveAmount = Decimal(10_000)
    daily_trade_limit: Annotated[int, Field(ge=1, le=100_000)] = 100
    weekly_trade_limit: Annotated[int, Field(ge=1, le=100_000)] = 500
    daily_loss_limit_usdt: PositiveAmount = Decimal(1_000)
    max_consecutive_losses: Annotated[int, Field(ge=1, le=1_000)] = 5
    loss_cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 1_800
    trade_cool_down_seconds: Annotated[int, Field(ge=0, le=604_800)] = 60
    allowed_symbols: tuple[Symbol, ...] = Field(default=(), max_length=200)
    """Empty: all."""
    blocked_symbols: tuple[Symbol, ...] = Field(default=(), max_length=200)


class Sizing(Spec):
    """Notional of one order: capital × risk mode × leverage, or loss-based (first-system §3.9)."""

    capital_usdt: UnsignedAmount = Decimal(0)
    """0: the subscription's own, else `fallback_usdt`."""
    leverage: Annotated[int, Field(ge=1, le=125)] = 20
    risk_mode: RiskMode = RiskMode.CONSERVATIVE
    max_loss_usdt: PositiveAmount | None = None
    """None: capital × risk mode."""
    risk_based: bool = False
    """True: the notional follows from the distance to the stop."""
    min_capital_usdt: UnsignedAmount = Decimal(0)
    fallback_usdt: PositiveAmount = Decimal(100)
    """Notional where no capital is known."""


class StrategySpec(RuledSpec):
    """One running strategy of a tenant."""

    rules: ClassVar[Rules] = STRATEGY_RULES

    class_ref: ClassRef
    parameters: dict[ParameterName, ParameterValue] = Field(
        default_factory=dict, max_length=MAX_PARAMETERS
    )
    symbols: tuple[Symbol, ...] = Field(min_length=1, max_length=100)
    timeframe: Timeframe
    venue: Name
    mode: Literal["Paper"] = "Paper"
    desired_state: DesiredState = DesiredState.RUNNING
    kill_switch: KillSwitch = KillSwitch.ARMED
    """Tripped: nothing is opened any more, and stops and closes go on. Armed, or leaving it out,
    never re-arms a switch that was tripped: that is done at the admin API alone."""
    risk: Risk = Risk()
    sizing: Sizing = Sizing()


class Strategy(Namespaced):
    """A strategy that runs for a tenant."""

    kind: Literal["Strategy"] = "Strategy"
    spec: StrategySpec


def strategy_version(spec: StrategySpec) -> str:
    """Return the 16 hex digits that stand on every signal: a hash of what computes opinions."""
    causes = spec.model_dump_json(
        by_alias=True, include={"class_ref", "parameters", "timeframe", "symbols", "venue"}
    )
    canonical = json.dumps(json.loads(causes), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
