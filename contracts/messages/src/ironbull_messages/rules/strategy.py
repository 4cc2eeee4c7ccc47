"""What must fit together in a Strategy, and what may become of it?"""

import json
from typing import TYPE_CHECKING, Final

from ironbull_messages.rules.live import LIVE_RULES
from ironbull_messages.rules.rule import ChangeRule, Rules, StateRule
from ironbull_messages.rules.schedule import SCHEDULE_RULES
from ironbull_messages.rules.shapes import above_zero, fixed, none_found, once
from ironbull_messages.words import DesiredState, Timeframe

if TYPE_CHECKING:
    from ironbull_messages.resources.strategy import Risk, Sizing, StrategySpec

NEARLY: Final = 1.000000001
"""A product of decimals that were read as floats may be this much too large."""
_RUNS_ON: Final = "self.desiredState == 'Running' && oldSelf.desiredState == 'Running'"


def _runs_on(new: "StrategySpec", old: "StrategySpec") -> bool:
    return new.desired_state is DesiredState.RUNNING and old.desired_state is DesiredState.RUNNING


def _blocked(spec: "StrategySpec") -> list[str]:
    return [one for one in spec.symbols if one in spec.risk.blocked_symbols]


def _not_allowed(spec: "StrategySpec") -> list[str]:
    allowed = spec.risk.allowed_symbols
    return [one for one in spec.symbols if allowed and one not in allowed]


def _blocked_and_allowed(risk: "Risk") -> list[str]:
    return [one for one in risk.allowed_symbols if one in risk.blocked_symbols]


_IDENTITY: Final[Rules] = (
    fixed(
        "strategy-class-fixed",
        "spec.classRef",
        "name",
        "since its signals would mean something else: make a Strategy with another name",
    ),
    fixed(
        "strategy-venue-fixed",
        "spec",
        "venue",
        "since its positions are there: make a Strategy with another name",
    ),
)

_SYMBOLS: Final[Rules] = (
    once("strategy-symbols-once", "spec", "symbols", "symbol"),
    once("strategy-allowed-once", "spec.risk", "allowedSymbols", "symbol"),
    once("strategy-blocked-once", "spec.risk", "blockedSymbols", "symbol"),
    ChangeRule["StrategySpec"](
        "strategy-symbols-fixed-while-running",
        "spec",
        "symbols",
        f"!({_RUNS_ON}) || sets.equivalent(self.symbols, oldSelf.symbols)",
        "symbols {old.symbols[]} cannot become {symbols[]} while the strategy runs: set"
        " desiredState to Paused, change them, then set it to Running",
        kept=lambda new, old: not _runs_on(new, old) or set(new.symbols) == set(old.symbols),
        once_taken=True,
    ),
    ChangeRule["StrategySpec"](
        "strategy-timeframe-fixed-while-running",
        "spec",
        "timeframe",
        f"!({_RUNS_ON}) || self.timeframe == oldSelf.timeframe",
        "timeframe {old.timeframe} cannot become {timeframe} while the strategy runs: set"
        " desiredState to Paused, change it, then set it to Running",
        kept=lambda new, old: not _runs_on(new, old) or new.timeframe == old.timeframe,
        once_taken=True,
    ),
    none_found(
        "strategy-symbols-not-blocked",
        "spec",
        "symbols",
        "self.symbols.filter(s, s in self.risk.blockedSymbols)",
        "{found} would never trade, since risk.blockedSymbols holds it: take it out of one of both",
        find=_blocked,
    ),
    none_found(
        "strategy-symbols-allowed",
        "spec",
        "symbols",
        "self.symbols.filter(s, self.risk.allowedSymbols.size() > 0"
        " && !(s in self.risk.allowedSymbols))",
        "{found} would never trade, since risk.allowedSymbols lacks it: add it there, or take it"
        " out here",
        find=_not_allowed,
    ),
    none_found(
        "strategy-allowed-not-blocked",
        "spec.risk",
        "allowedSymbols",
        "self.allowedSymbols.filter(s, s in self.blockedSymbols)",
        "{found} is allowed and blocked: take it out of allowedSymbols or of blockedSymbols",
        find=_blocked_and_allowed,
    ),
)


def _candle_in_cel() -> str:
    return json.dumps({one.value: _seconds(one) for one in Timeframe}) + "[self.timeframe]"


def _seconds(timeframe: Timeframe) -> int:
    return int(timeframe.duration.total_seconds())


def _margin_fits(spec: "StrategySpec") -> bool:
    margin = spec.sizing.max_loss_usdt
    if spec.sizing.risk_based or margin is None:
        return True
    most = float(spec.risk.max_position_value_usdt) * NEARLY
    return float(margin) * spec.sizing.leverage <= most


_LIMITS: Final[Rules] = (
    StateRule["Risk"](
        "strategy-weekly-covers-daily",
        "spec.risk",
        "weeklyTradeLimit",
        "self.weeklyTradeLimit >= self.dailyTradeLimit",
        "weeklyTradeLimit {weeklyTradeLimit} is below dailyTradeLimit {dailyTradeLimit}, which no"
        " day could reach: raise the one or lower the other",
        kept=lambda new: new.weekly_trade_limit >= new.daily_trade_limit,
    ),
    StateRule["Risk"](
        "strategy-loss-pause-covers-trade-pause",
        "spec.risk",
        "lossCoolDownSeconds",
        "self.lossCoolDownSeconds == 0 || self.lossCoolDownSeconds >= self.tradeCoolDownSeconds",
        "lossCoolDownSeconds {lossCoolDownSeconds} is below tradeCoolDownSeconds"
        " {tradeCoolDownSeconds}, so that it would never be felt: raise it, or set it to 0",
        kept=lambda new: (
            new.loss_cool_down_seconds == 0
            or new.loss_cool_down_seconds >= new.trade_cool_down_seconds
        ),
    ),
    StateRule["StrategySpec"](
        "strategy-loss-within-daily-loss",
        "spec",
        "sizing.maxLossUsdt",
        "!has(self.sizing.maxLossUsdt) || quantity(self.sizing.maxLossUsdt)"
        ".compareTo(quantity(self.risk.dailyLossLimitUsdt)) <= 0",
        "maxLossUsdt {sizing.maxLossUsdt} of one trade is above risk.dailyLossLimitUsdt"
        " {risk.dailyLossLimitUsdt}: lower it, or raise the limit of the day",
        kept=lambda new: (
            new.sizing.max_loss_usdt is None
            or new.sizing.max_loss_usdt <= new.risk.daily_loss_limit_usdt
        ),
    ),
    StateRule["StrategySpec"](
        "strategy-cool-down-covers-a-candle",
        "spec",
        "risk.coolDownSeconds",
        f"self.risk.coolDownSeconds == 0 || self.risk.coolDownSeconds >= {_candle_in_cel()}",
        "coolDownSeconds {risk.coolDownSeconds} is shorter than a candle of {timeframe}, so that it"
        " would never be felt: raise it, or set it to 0",
        kept=lambda new: (
            new.risk.cool_down_seconds == 0 or new.risk.cool_down_seconds >= _seconds(new.timeframe)
        ),
    ),
    above_zero("strategy-position-value-above-zero", "spec.risk", "maxPositionValueUsdt"),
    above_zero("strategy-daily-loss-above-zero", "spec.risk", "dailyLossLimitUsdt"),
)

_SIZES: Final[Rules] = (
    StateRule["Sizing"](
        "strategy-capital-covers-minimum",
        "spec.sizing",
        "minCapitalUsdt",
        "quantity(self.capitalUsdt).compareTo(quantity('0')) == 0"
        " || quantity(self.minCapitalUsdt).compareTo(quantity(self.capitalUsdt)) <= 0",
        "minCapitalUsdt {minCapitalUsdt} is above capitalUsdt {capitalUsdt}, so that every order"
        " would be refused: lower it, or raise the capital",
        kept=lambda new: new.capital_usdt == 0 or new.min_capital_usdt <= new.capital_usdt,
    ),
    StateRule["Sizing"](
        "strategy-loss-within-capital",
        "spec.sizing",
        "maxLossUsdt",
        "!has(self.maxLossUsdt) || quantity(self.capitalUsdt).compareTo(quantity('0')) == 0"
        " || quantity(self.maxLossUsdt).compareTo(quantity(self.capitalUsdt)) <= 0",
        "maxLossUsdt {maxLossUsdt} is above capitalUsdt {capitalUsdt}: one trade cannot risk more"
        " than there is",
        kept=lambda new: (
            new.max_loss_usdt is None
            or new.capital_usdt == 0
            or new.max_loss_usdt <= new.capital_usdt
        ),
    ),
    StateRule["StrategySpec"](
        "strategy-fallback-within-position-value",
        "spec",
        "sizing.fallbackUsdt",
        "quantity(self.sizing.capitalUsdt).compareTo(quantity('0')) > 0"
        " || quantity(self.sizing.fallbackUsdt)"
        ".compareTo(quantity(self.risk.maxPositionValueUsdt)) <= 0",
        "fallbackUsdt {sizing.fallbackUsdt} is above risk.maxPositionValueUsdt"
        " {risk.maxPositionValueUsdt}, so that every order of this size would be refused: lower"
        " it, or raise the limit",
        kept=lambda new: (
            new.sizing.capital_usdt > 0
            or new.sizing.fallback_usdt <= new.risk.max_position_value_usdt
        ),
    ),
    StateRule["StrategySpec"](
        "strategy-margin-within-position-value",
        "spec",
        "sizing.maxLossUsdt",
        "self.sizing.riskBased || !has(self.sizing.maxLossUsdt)"
        " || double(self.sizing.maxLossUsdt) * double(self.sizing.leverage)"
        f" <= double(self.risk.maxPositionValueUsdt) * {NEARLY}",
        "maxLossUsdt {sizing.maxLossUsdt} with leverage {sizing.leverage} is above"
        " risk.maxPositionValueUsdt {risk.maxPositionValueUsdt}, so that every order would be"
        " refused: lower one of them, or raise the limit",
        kept=_margin_fits,
    ),
    above_zero("strategy-max-loss-above-zero", "spec.sizing", "maxLossUsdt"),
    above_zero("strategy-fallback-above-zero", "spec.sizing", "fallbackUsdt"),
)

STRATEGY_RULES: Final[Rules] = (
    *_IDENTITY,
    *_SYMBOLS,
    *_LIMITS,
    *_SIZES,
    *SCHEDULE_RULES,
    *LIVE_RULES,
)
