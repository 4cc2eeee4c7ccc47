"""How much does one order buy? Notional from capital, risk mode, leverage (C-R15 … C-R17)."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from ironbull_core.facts import Instrument, SignalFacts, SubscriptionFacts
from ironbull_core.refusing import No, no
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Sizing
from ironbull_messages.words import RiskMode

RISK_FRACTION: Final = {
    RiskMode.CONSERVATIVE: Decimal("0.01"),
    RiskMode.BALANCED: Decimal("0.015"),
    RiskMode.AGGRESSIVE: Decimal("0.02"),
}
MIN_STOP_DISTANCE: Final = Decimal("0.001")
MAX_NOTIONAL_PER_CAPITAL: Final = 3
LIQUIDATION_SHARE: Final = Decimal("0.80")


@dataclass(frozen=True, slots=True)
class Size:
    """What to order: base quantity on the venue's step, and the leverage it was computed with."""

    quantity: Decimal
    leverage: int


def size(
    signal: SignalFacts,
    sizing: Sizing,
    subscription: SubscriptionFacts,
    instrument: Instrument,
    price: Decimal,
) -> Size | No:
    """Return the order's size; a skip is a refusal and is obeyed.

    Args:
        signal: with entry and stop.
        sizing: the strategy's.
        subscription: whose capital, leverage and risk mode come first.
        instrument: whose step and minima hold.
        price: last price, quote per base.
    """
    leverage = subscription.leverage or sizing.leverage
    notional = _notional(signal, sizing, subscription, leverage)
    if isinstance(notional, No):
        return notional
    notional = notional * subscription.ratio_percent / 100
    quantity = floor_to_step(notional / price, instrument.step_size)
    if quantity < instrument.min_quantity or quantity <= 0:
        least = instrument.min_quantity
        return no(Refusal.BELOW_MIN_QUANTITY, quantity=quantity, minimum=least, notional=notional)
    if quantity * price < instrument.min_notional:
        worth = quantity * price
        return no(Refusal.BELOW_MIN_NOTIONAL, notional=worth, minimum=instrument.min_notional)
    return Size(quantity, leverage)


def floor_to_step(quantity: Decimal, step: Decimal) -> Decimal:
    """Round a quantity down to a multiple of the venue's step; sizing never rounds up."""
    return (quantity / step).to_integral_value(ROUND_DOWN) * step


def _notional(
    signal: SignalFacts, sizing: Sizing, subscription: SubscriptionFacts, leverage: int
) -> Decimal | No:
    capital = subscription.capital_usdt or sizing.capital_usdt
    if capital < sizing.min_capital_usdt:
        return no(Refusal.MIN_CAPITAL, capital=capital, minimum=sizing.min_capital_usdt)
    if capital <= 0:
        return sizing.fallback_usdt
    mode = subscription.risk_mode or sizing.risk_mode
    max_loss = subscription.max_loss_usdt or sizing.max_loss_usdt
    budget = capital * RISK_FRACTION[mode] if max_loss is None else max_loss
    if sizing.risk_based and signal.stop_loss is not None:
        return _by_loss(signal.price, signal.stop_loss, budget, capital, leverage)
    return budget * leverage


def _by_loss(
    entry: Decimal, stop: Decimal, max_loss: Decimal, capital: Decimal, leverage: int
) -> Decimal | No:
    distance = max(abs(entry - stop) / entry, MIN_STOP_DISTANCE)
    furthest = LIQUIDATION_SHARE / leverage
    if distance > furthest:
        numbers = {"distance": distance, "furthest": furthest, "leverage": leverage}
        return no(Refusal.STOP_BEYOND_LIQUIDATION, **numbers)
    return min(max_loss / distance, MAX_NOTIONAL_PER_CAPITAL * capital)
