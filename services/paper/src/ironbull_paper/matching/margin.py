"""How much of an account's money is free?"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ironbull_paper.matching.account import Account
from ironbull_paper.matching.orders import Order
from ironbull_paper.matching.position import MONEY_QUANTUM, ZERO

Prices = Callable[[str], Decimal]
"""Answers with the market's price of a symbol."""


@dataclass(frozen=True, slots=True)
class MarginView:
    """Show an account's money at the market's prices."""

    wallet: Decimal
    unrealised: Decimal
    position_margin: Decimal
    order_margin: Decimal

    @property
    def equity(self) -> Decimal:
        """Return the wallet with what the positions would bring."""
        return self.wallet + self.unrealised

    @property
    def available(self) -> Decimal:
        """Return what may be used for new orders, never below zero."""
        return max(ZERO, self.equity - self.position_margin - self.order_margin)


def margin_view(account: Account, prices: Prices) -> MarginView:
    """Return an account's money at given prices."""
    unrealised = position_margin = ZERO
    for (symbol, _), position in account.held().items():
        price = prices(symbol)
        unrealised += position.unrealised(price)
        position_margin += position.margin(price, account.leverage(symbol))
    order_margin = sum((order_margin_of(account, o) for o in account.open_orders.values()), ZERO)
    return MarginView(account.wallet, unrealised, position_margin, order_margin)


def order_margin_of(account: Account, order: Order) -> Decimal:
    """Return the margin that an open order holds back: none when it only reduces."""
    if order.accepted.reduce_only:
        return ZERO
    leverage = account.leverage(order.accepted.symbol)
    return (order.remaining * order.accepted.price / leverage).quantize(MONEY_QUANTUM)
