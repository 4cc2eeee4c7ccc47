"""Does an opening break a limit of its account? Each rule looks at one number.

Rules: first-system §4.7; C-R1 … C-R10.

Rules are data: name them in `RULES`, in the order in which a person wants to hear of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from ironbull_core.facts import AccountFacts
from ironbull_core.refusing import No, no
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Risk


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening under judgement; `value_usdt` is its notional, `now` market time."""

    symbol: str
    value_usdt: Decimal
    now: datetime


Rule = Callable[[Opening, AccountFacts, Risk], No | None]


def check(opening: Opening, account: AccountFacts, risk: Risk) -> No | None:
    """Return the first violation; None: every rule passes."""
    return next((found for rule in RULES if (found := rule(opening, account, risk))), None)


def violations(opening: Opening, account: AccountFacts, risk: Risk) -> tuple[No, ...]:
    """Return every violation."""
    return tuple(found for rule in RULES if (found := rule(opening, account, risk)))


def _symbol_allowed(opening: Opening, _: AccountFacts, risk: Risk) -> No | None:
    if risk.allowed_symbols and opening.symbol not in risk.allowed_symbols:
        return no(Refusal.SYMBOL_NOT_ALLOWED, symbol=opening.symbol)
    return None


def _symbol_blocked(opening: Opening, _: AccountFacts, risk: Risk) -> No | None:
    if opening.symbol in risk.blocked_symbols:
        return no(Refusal.SYMBOL_BLOCKED, symbol=opening.symbol)
    return None


def _balance(_: Opening, account: AccountFacts, risk: Risk) -> No | None:
    least = risk.min_balance_usdt
    if account.available_usdt < least:
        return no(Refusal.MIN_BALANCE, available=account.available_usdt, minimum=least)
    return None


def _positions(_: Opening, account: AccountFacts, risk: Risk) -> No | None:
    if account.positions >= risk.max_positions:
        return no(Refusal.MAX_POSITIONS, positions=account.positions, maximum=risk.max_positions)
    return None


def _position_value(opening: Opening, _: AccountFacts, risk: Risk) -> No | None:
    most = risk.max_position_value_usdt
    if opening.value_usdt > most:
        return no(Refusal.MAX_POSITION_VALUE, value=opening.value_usdt, maximum=most)
    return None


def _daily_trades(_: Opening, account: AccountFacts, risk: Risk) -> No | None:
    most = risk.daily_trade_limit
    if account.opened_today >= most:
        return no(Refusal.DAILY_TRADE_LIMIT, opened=account.opened_today, maximum=most)
    return None


def _weekly_trades(_: Opening, account: AccountFacts, risk: Risk) -> No | None:
    most = risk.weekly_trade_limit
    if account.opened_this_week >= most:
        return no(Refusal.WEEKLY_TRADE_LIMIT, opened=account.opened_this_week, maximum=most)
    return None


def _daily_loss(_: Opening, account: AccountFacts, risk: Risk) -> No | None:
    most = risk.daily_loss_limit_usdt
    if account.lost_today_usdt >= most:
        return no(Refusal.DAILY_LOSS_LIMIT, lost=account.lost_today_usdt, maximum=most)
    return None


def _losses_in_a_row(opening: Opening, account: AccountFacts, risk: Risk) -> No | None:
    if account.last_loss_at is None or account.losses_in_a_row < risk.max_consecutive_losses:
        return None
    since = (opening.now - account.last_loss_at).total_seconds()
    if since < risk.loss_cool_down_seconds:
        seconds = risk.loss_cool_down_seconds
        return no(Refusal.CONSECUTIVE_LOSSES, losses=account.losses_in_a_row, seconds=seconds)
    return None


def _trade_cool_down(opening: Opening, account: AccountFacts, risk: Risk) -> No | None:
    if account.last_opened_at is None:
        return None
    since = (opening.now - account.last_opened_at).total_seconds()
    if since < risk.trade_cool_down_seconds:
        return no(Refusal.TRADE_COOL_DOWN, since=int(since), seconds=risk.trade_cool_down_seconds)
    return None


RULES: Final[tuple[Rule, ...]] = (
    _symbol_allowed,
    _symbol_blocked,
    _balance,
    _positions,
    _position_value,
    _daily_trades,
    _weekly_trades,
    _daily_loss,
    _losses_in_a_row,
    _trade_cool_down,
)
