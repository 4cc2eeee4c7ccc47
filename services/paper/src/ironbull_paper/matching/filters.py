"""Does an order keep the rules of its contract?"""

from decimal import Decimal

from ironbull_paper.market.symbols import SymbolSpec
from ironbull_paper.matching.orders import OrderRequest
from ironbull_paper.matching.words import OrderType, Refusal, RefusedError

BAND = Decimal("0.15")
"""A limit price may be at most this share above (buy) or below (sell) the market's price."""


def check_filters(request: OrderRequest, spec: SymbolSpec, market_price: Decimal) -> None:
    """Refuse a quantity, price or notional that the contract does not allow.

    Raises:
        RefusedError: with the first rule that is broken.
    """
    _check_quantity(request, spec)
    if request.type is OrderType.LIMIT:
        _check_price(request, spec, market_price)
    price = request.price if request.type is OrderType.LIMIT else market_price
    if not request.reduce_only and request.quantity * price < spec.min_notional:
        raise RefusedError(Refusal.NOTIONAL_TOO_SMALL, f"{spec.min_notional}")


def _check_quantity(request: OrderRequest, spec: SymbolSpec) -> None:
    quantity = request.quantity
    if quantity <= 0:
        raise RefusedError(Refusal.QUANTITY_NOT_POSITIVE)
    if quantity % spec.step:
        raise RefusedError(Refusal.QUANTITY_PRECISION)
    if quantity < spec.min_quantity:
        raise RefusedError(Refusal.QUANTITY_TOO_SMALL)
    is_market = request.type is OrderType.MARKET
    if quantity > (spec.max_market_quantity if is_market else spec.max_quantity):
        raise RefusedError(Refusal.QUANTITY_TOO_LARGE)


def _check_price(request: OrderRequest, spec: SymbolSpec, market_price: Decimal) -> None:
    price = request.price
    if price <= 0:
        raise RefusedError(Refusal.PRICE_NOT_POSITIVE)
    if price % spec.tick:
        raise RefusedError(Refusal.PRICE_PRECISION)
    if request.side.sign > 0 and price > market_price * (1 + BAND):
        raise RefusedError(Refusal.PRICE_TOO_HIGH, f"{market_price * (1 + BAND):.8f}")
    if request.side.sign < 0 and price < market_price * (1 - BAND):
        raise RefusedError(Refusal.PRICE_TOO_LOW, f"{market_price * (1 - BAND):.8f}")
