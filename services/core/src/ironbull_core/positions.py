"""What do fills make of a position? One life from flat to flat or flip, in exact sums.

A life keeps the values bought and sold, so its result is a difference and never a rounded average.
A fill that crosses zero is split, its fee pro rata (design: orders).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Final

from ironbull_core.exact import EXACT
from ironbull_core.facts import BrokenInvariantError
from ironbull_messages.ids import (
    ExchangeAccountId,
    OrderId,
    PositionId,
    SubscriptionId,
    position_id,
)
from ironbull_messages.words import CloseReason, Leg, Side, opening_side

FEE_STEP: Final = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Fill:
    """A venue trade, with the order that caused it."""

    order_id: OrderId
    venue_trade_id: str
    subscription_id: SubscriptionId | None
    side: Side
    quantity: Decimal
    price: Decimal
    fee_usdt: Decimal
    traded_at: datetime
    as_of: datetime
    close_reason: CloseReason
    """What the position closed for, should this fill close it."""
    stop_loss: Decimal | None
    take_profit: Decimal | None


@dataclass(frozen=True, slots=True)
class Position:
    """One life of a position; `entered` and `exited` are quantities, `_value` quote values."""

    id: PositionId
    account_id: ExchangeAccountId
    symbol: str
    subscription_id: SubscriptionId | None
    leg: Leg
    entered: Decimal
    entry_value: Decimal
    exited: Decimal
    exit_value: Decimal
    fees_usdt: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    opened_at: datetime
    as_of: datetime
    closed_at: datetime | None = None
    close_reason: CloseReason | None = None

    @property
    def quantity(self) -> Decimal:
        """Return what is open, in base currency, at least zero."""
        return self.entered - self.exited

    @property
    def is_flat(self) -> bool:
        """Say whether the life has ended."""
        return self.quantity == 0

    @property
    def gross_usdt(self) -> Decimal:
        """Return the price result of a flat position, before fees."""
        if not self.is_flat:
            raise BrokenInvariantError(f"position {self.id} is open by {self.quantity}")
        with localcontext(EXACT):
            difference = self.exit_value - self.entry_value
            return difference if self.leg is Leg.LONG else -difference


@dataclass(frozen=True, slots=True)
class Applied:
    """What a fill changes: the life it reduces or ends, and the life it grows or begins."""

    touched: tuple[Position, ...]

    @property
    def current(self) -> Position | None:
        """Return the open position afterwards; None: flat."""
        last = self.touched[-1]
        return None if last.is_flat else last


def apply_fill(
    held: Position | None, fill: Fill, account: ExchangeAccountId, symbol: str
) -> Applied:
    """Return the lives that a fill changes, in order."""
    with localcontext(EXACT):
        return _apply(held, fill, account, symbol)


def _apply(held: Position | None, fill: Fill, account: ExchangeAccountId, symbol: str) -> Applied:
    if held is None or held.is_flat:
        return Applied((_begin(fill, account, symbol),))
    if fill.side is opening_side(held.leg):
        return Applied((_grow(held, fill),))
    if fill.quantity <= held.quantity:
        return Applied((_reduce(held, fill),))
    ending, beginning = _cut(fill, held.quantity)
    return Applied((_reduce(held, ending), _begin(beginning, account, symbol)))


def _begin(fill: Fill, account: ExchangeAccountId, symbol: str) -> Position:
    leg = Leg.LONG if fill.side is Side.BUY else Leg.SHORT
    return Position(
        id=position_id(account, symbol, leg, fill.order_id, fill.venue_trade_id),
        account_id=account,
        symbol=symbol,
        subscription_id=fill.subscription_id,
        leg=leg,
        entered=fill.quantity,
        entry_value=fill.quantity * fill.price,
        exited=Decimal(0),
        exit_value=Decimal(0),
        fees_usdt=fill.fee_usdt,
        stop_loss=fill.stop_loss,
        take_profit=fill.take_profit,
        opened_at=fill.traded_at,
        as_of=fill.as_of,
    )


def _grow(held: Position, fill: Fill) -> Position:
    return replace(
        held,
        entered=held.entered + fill.quantity,
        entry_value=held.entry_value + fill.quantity * fill.price,
        fees_usdt=held.fees_usdt + fill.fee_usdt,
    )


def _reduce(held: Position, fill: Fill) -> Position:
    reduced = replace(
        held,
        exited=held.exited + fill.quantity,
        exit_value=held.exit_value + fill.quantity * fill.price,
        fees_usdt=held.fees_usdt + fill.fee_usdt,
    )
    if not reduced.is_flat:
        return reduced
    return replace(reduced, closed_at=fill.traded_at, close_reason=fill.close_reason)


def _cut(fill: Fill, at: Decimal) -> tuple[Fill, Fill]:
    """Split a fill that crosses zero; the fee is shared pro rata and stays whole."""
    first_fee = (fill.fee_usdt * at / fill.quantity).quantize(FEE_STEP, ROUND_DOWN)
    first = replace(fill, quantity=at, fee_usdt=first_fee)
    rest = replace(fill, quantity=fill.quantity - at, fee_usdt=fill.fee_usdt - first_fee)
    return first, rest
