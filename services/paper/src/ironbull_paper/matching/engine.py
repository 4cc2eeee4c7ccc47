"""What does the exchange make of an order, a cancel or a move of the price?

Every command reads the state and returns the records that carry it out, or raises `RefusedError`;
it changes nothing itself.
"""

from decimal import Decimal

from ironbull_paper.market.universe import Market, Universe
from ironbull_paper.matching.account import Account
from ironbull_paper.matching.bookkeeping import TAKER_FEE, Bookkeeper, Moment
from ironbull_paper.matching.filters import check_filters
from ironbull_paper.matching.margin import Prices, margin_view
from ironbull_paper.matching.matching import Match, crossed, take, total
from ironbull_paper.matching.orders import Order, OrderRequest
from ironbull_paper.matching.position import ZERO, closing_quantity
from ironbull_paper.matching.records import OrderAccepted, Record
from ironbull_paper.matching.state import ExchangeState
from ironbull_paper.matching.words import (
    OrderStatus,
    OrderType,
    PositionSide,
    Refusal,
    RefusedError,
    Side,
    TimeInForce,
)

MAX_OPEN_ORDERS = 200
"""Bound of an account's open orders per symbol."""


def prices_at(universe: Universe, market_ms: int) -> Prices:
    """Return a function that answers with the price of a symbol at a market time."""

    def price(symbol: str) -> Decimal:
        market = universe.markets[symbol]
        return market.spec.price(market.feed.price(market_ms))

    return price


def market_of(universe: Universe, symbol: str) -> Market:
    """Return the market of a symbol.

    Raises:
        RefusedError: there is none.
    """
    market = universe.markets.get(symbol)
    if market is None:
        raise RefusedError(Refusal.UNKNOWN_SYMBOL, symbol)
    return market


def place(
    state: ExchangeState,
    universe: Universe,
    account: Account,
    request: OrderRequest,
    moment: Moment,
) -> list[Record]:
    """Accept an order and fill it against the book at its arrival.

    A reduce-only order trades at most what it can close; what exceeds that expires.
    """
    market = market_of(universe, request.symbol)
    prices = prices_at(universe, moment.market_at)
    check_filters(request, market.spec, prices(request.symbol))
    _check_account(account, request)
    position = account.position(request.symbol, request.position_side)
    closing = closing_quantity(position, request.side.sign)
    is_reducing = request.reduce_only or _is_hedge_close(request)
    if is_reducing and not closing:
        raise RefusedError(Refusal.REDUCE_ONLY_REJECTED)
    wanted = min(request.quantity, closing) if is_reducing else request.quantity
    matches = _matches(market, request, wanted, moment)
    if not is_reducing:
        _check_margin(account, market, request, matches, prices)
    return _accept(
        state,
        account,
        request,
        moment,
        matches=matches,
        wanted=wanted,
        is_reducing=is_reducing,
    )


def cancel(state: ExchangeState, account: Account, order: Order, moment: Moment) -> list[Record]:
    """End an open order.

    Raises:
        RefusedError: it is open no more.
    """
    if not order.is_open:
        raise RefusedError(Refusal.NOTHING_TO_CANCEL)
    keeper = Bookkeeper(state, account, moment)
    keeper.end(order.accepted, OrderStatus.CANCELED, order.executed)
    return keeper.records


def sweep(
    state: ExchangeState, market: Market, order: Order, since_market_ms: int, moment: Moment
) -> list[Record]:
    """Fill a resting order with what the price did since an instant."""
    accepted = order.accepted
    account = state.accounts[accepted.account_id]
    keeper = Bookkeeper(state, account, moment)
    book = market.book.at(moment.market_at)
    best = book.asks[0] if accepted.side is Side.BUY else book.bids[0]
    extremes = market.feed.extremes(since_market_ms, moment.market_at)
    quantity = crossed(order, market.spec, extremes, best)
    if accepted.reduce_only:
        position = account.position(accepted.symbol, accepted.position_side)
        quantity = min(quantity, closing_quantity(position, accepted.side.sign))
    if not quantity:
        return []
    keeper.trade(accepted, Match(accepted.price, quantity), maker=True)
    if quantity == order.remaining:
        keeper.end(accepted, OrderStatus.FILLED, accepted.quantity)
    keeper.expire_orphans(accepted)
    return keeper.records


def _check_account(account: Account, request: OrderRequest) -> None:
    if account.is_dual == (request.position_side is PositionSide.BOTH):
        raise RefusedError(Refusal.POSITION_SIDE_MISMATCH)
    if account.open_with_client_id(request.client_id) is not None:
        raise RefusedError(Refusal.DUPLICATE_CLIENT_ID, request.client_id)
    if len(account.open_in(request.symbol)) >= MAX_OPEN_ORDERS:
        raise RefusedError(Refusal.TOO_MANY_OPEN_ORDERS)


def _is_hedge_close(request: OrderRequest) -> bool:
    """Say whether the order goes against the side of the position that it names."""
    return (request.position_side, request.side) in {
        (PositionSide.LONG, Side.SELL),
        (PositionSide.SHORT, Side.BUY),
    }


def _matches(market: Market, request: OrderRequest, wanted: Decimal, moment: Moment) -> list[Match]:
    limit = request.price if request.type is OrderType.LIMIT else None
    book = market.book.at(moment.market_at)
    matches = take(book, market.spec, request.side, wanted, limit)
    if request.time_in_force is TimeInForce.FOK and total(matches) < wanted:
        raise RefusedError(Refusal.FILL_OR_KILL_REJECTED)
    if request.time_in_force is TimeInForce.GTX and matches:
        raise RefusedError(Refusal.POST_ONLY_REJECTED)
    return matches


def _check_margin(
    account: Account,
    market: Market,
    request: OrderRequest,
    matches: list[Match],
    prices: Prices,
) -> None:
    """Refuse what would need more margin, or a larger bracket, than there is."""
    position = account.position(request.symbol, request.position_side)
    price = request.price if request.type is OrderType.LIMIT else prices(request.symbol)
    if request.type is OrderType.MARKET and matches:
        price = sum((m.price * m.quantity for m in matches), ZERO) / total(matches)
    opening = max(ZERO, request.quantity - closing_quantity(position, request.side.sign))
    if not opening:
        return
    leverage = account.leverage(request.symbol)
    needed = opening * price * (Decimal(1) / leverage + TAKER_FEE)
    if needed > margin_view(account, prices).available:
        raise RefusedError(Refusal.MARGIN_INSUFFICIENT)
    after = abs(position.quantity + request.quantity * request.side.sign) * price
    if market.spec.bracket(after).max_leverage < leverage:
        raise RefusedError(Refusal.BRACKET_EXCEEDED)


def _accept(
    state: ExchangeState,
    account: Account,
    request: OrderRequest,
    moment: Moment,
    *,
    matches: list[Match],
    wanted: Decimal,
    is_reducing: bool,
) -> list[Record]:
    accepted = OrderAccepted(
        at=moment.at,
        market_at=moment.market_at,
        order_id=state.next_order_id,
        account_id=account.account_id,
        account=account.label,
        symbol=request.symbol,
        client_id=request.client_id,
        side=request.side,
        type=request.type,
        time_in_force=request.time_in_force,
        quantity=request.quantity,
        price=request.price,
        reduce_only=is_reducing,
        position_side=request.position_side,
    )
    keeper = Bookkeeper(state, account, moment)
    keeper.records.append(accepted)
    for match in matches:
        keeper.trade(accepted, match, maker=False)
    executed = total(matches)
    rests = request.type is OrderType.LIMIT and request.time_in_force in {
        TimeInForce.GTC,
        TimeInForce.GTX,
    }
    if executed == request.quantity:
        keeper.end(accepted, OrderStatus.FILLED, executed)
    elif not rests or executed == wanted:
        keeper.end(accepted, OrderStatus.EXPIRED, executed)
    if matches:
        keeper.expire_orphans(accepted)
    return keeper.records
