"""How are orders placed, cancelled and looked up at Binance?"""

import secrets
from decimal import Decimal

from ironbull_paper.dialects.binance.call import Json, Security, SignedCall, SignedRoute
from ironbull_paper.dialects.binance.errors import BinanceError, error_of
from ironbull_paper.dialects.binance.params import missing
from ironbull_paper.dialects.binance.render import order_json, trade_json
from ironbull_paper.faults import Endpoint
from ironbull_paper.market.universe import Market
from ironbull_paper.matching.engine import cancel, place
from ironbull_paper.matching.orders import Order, OrderRequest, OrderView
from ironbull_paper.matching.position import ZERO
from ironbull_paper.matching.records import OrderRefused, Traded
from ironbull_paper.matching.words import (
    OrderStatus,
    OrderType,
    PositionSide,
    Refusal,
    RefusedError,
    Side,
    TimeInForce,
)

DEFAULT_ROWS, MAX_ROWS = 500, 1000
CLIENT_ID_BYTES = 11
CONDITIONAL_TYPES = {
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
}


def create(call: SignedCall) -> Json:
    """Place an order; with `newOrderRespType=RESULT` the answer holds what filled at once."""
    market = call.market()
    request = _request(call, market)
    try:
        records = place(
            call.exchange.state, call.exchange.universe, call.account, request, call.moment
        )
    except RefusedError as refused:
        call.commit([_refusal_record(call, request, refused)])
        raise
    call.commit(records)
    order = call.account.by_client_id[request.client_id]
    if call.params.text("newOrderRespType") == "RESULT":
        return order_json(_now(order), market.spec)
    view = OrderView(order.accepted, OrderStatus.NEW, ZERO, ZERO, order.accepted.at)
    return order_json(view, market.spec)


def test(call: SignedCall) -> Json:
    """Check an order and forget it."""
    market = call.market()
    request = _request(call, market)
    place(call.exchange.state, call.exchange.universe, call.account, request, call.moment)
    return {}


def query(call: SignedCall) -> Json:
    """Look up one order by its id or client id."""
    market = call.market()
    view = _found(call, market.spec.name).seen_at(call.seen_at)
    if view is None:
        raise error_of(RefusedError(Refusal.UNKNOWN_ORDER))
    return order_json(view, market.spec)


def query_open(call: SignedCall) -> Json:
    """Look up one open order by its id or client id."""
    market = call.market()
    view = _found(call, market.spec.name).seen_at(call.seen_at)
    if view is None or not _is_open(view):
        raise error_of(RefusedError(Refusal.UNKNOWN_ORDER))
    return order_json(view, market.spec)


def open_orders(call: SignedCall) -> Json:
    """Look up the open orders of one symbol or all."""
    symbol = None if call.params.text("symbol") is None else call.market().spec.name
    rows: list[object] = []
    for name, orders in call.account.orders.items():
        if symbol not in {None, name}:
            continue
        spec = call.exchange.universe.markets[name].spec
        views = [order.seen_at(call.seen_at) for order in _maybe_open(orders, call.seen_at)]
        rows += [order_json(view, spec) for view in views if view is not None and _is_open(view)]
    return rows


def all_orders(call: SignedCall) -> Json:
    """Look up orders of a symbol: from an id, from an instant, or the latest."""
    market = call.market()
    orders = call.account.orders.get(market.spec.name, [])
    first_id = call.params.integer("orderId")
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    views = [
        view
        for order in orders
        if (first_id is None or order.accepted.order_id >= first_id)
        and (start is None or order.accepted.at >= start)
        and (end is None or order.accepted.at <= end)
        and (view := order.seen_at(call.seen_at)) is not None
    ]
    limit = call.params.limit(DEFAULT_ROWS, MAX_ROWS)
    chosen = views[-limit:] if first_id is None and start is None else views[:limit]
    return [order_json(view, market.spec) for view in chosen]


def user_trades(call: SignedCall) -> Json:
    """Look up trades of a symbol: of an order, from an id, from an instant, or the latest."""
    market = call.market()
    order_id, first_id = call.params.integer("orderId"), call.params.integer("fromId")
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    if first_id is not None and (start is not None or end is not None):
        raise BinanceError(-1128, "Combination of optional parameters invalid.")
    trades = [
        trade
        for trade in _trades(call, market, order_id)
        if trade.at <= call.seen_at
        and (first_id is None or trade.trade_id >= first_id)
        and (start is None or trade.at >= start)
        and (end is None or trade.at <= end)
    ]
    limit = call.params.limit(DEFAULT_ROWS, MAX_ROWS)
    chosen = trades[-limit:] if first_id is None and start is None else trades[:limit]
    return [trade_json(trade, market.spec) for trade in chosen]


def delete(call: SignedCall) -> Json:
    """Cancel one open order."""
    market = call.market()
    try:
        order = _found(call, market.spec.name)
    except BinanceError as unknown:
        if unknown.code != -2013:
            raise
        raise error_of(RefusedError(Refusal.NOTHING_TO_CANCEL)) from None
    call.commit(cancel(call.exchange.state, call.account, order, call.moment))
    return order_json(_now(order), market.spec)


def delete_all(call: SignedCall) -> Json:
    """Cancel all open orders of a symbol."""
    market = call.market()
    for order in call.account.open_in(market.spec.name):
        call.commit(cancel(call.exchange.state, call.account, order, call.moment))
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def _request(call: SignedCall, market: Market) -> OrderRequest:
    params = call.params
    if params.needed("type").upper() in CONDITIONAL_TYPES:
        raise BinanceError(
            -4120,
            "Order type not supported for this endpoint. "
            "Please use the Algo Order API endpoints instead.",
        )
    kind = params.word("type", OrderType, -1116, "Invalid orderType.")
    side = params.word("side", Side, -1117, "Invalid side.")
    quantity = params.needed_decimal("quantity")
    price, time_in_force = ZERO, TimeInForce.GTC
    if kind is OrderType.LIMIT:
        price = params.needed_decimal("price")
        time_in_force = params.word("timeInForce", TimeInForce, -1115, "Invalid timeInForce.")
    position_side = PositionSide.BOTH
    if params.text("positionSide") is not None:
        position_side = params.word("positionSide", PositionSide, -4060, "Invalid position side.")
    if call.account.is_dual and params.text("reduceOnly") is not None:
        raise BinanceError(-1106, "Parameter 'reduceonly' sent when not required.")
    return OrderRequest(
        market.spec.name,
        side,
        kind,
        _normal(quantity),
        params.client_id("newClientOrderId") or secrets.token_hex(CLIENT_ID_BYTES),
        price=_normal(price),
        time_in_force=time_in_force,
        reduce_only=params.flag("reduceOnly"),
        position_side=position_side,
    )


def _normal(amount: Decimal) -> Decimal:
    """Drop zeros behind the last digit, so that 1.50 and 1.5 are one quantity."""
    return amount.normalize() if amount else ZERO


def _refusal_record(call: SignedCall, request: OrderRequest, refused: RefusedError) -> OrderRefused:
    return OrderRefused(
        call.moment.at,
        call.account.account_id,
        call.account.label,
        request.symbol,
        request.client_id,
        refused.refusal,
    )


def _found(call: SignedCall, symbol: str) -> Order:
    order_id = call.params.integer("orderId")
    client_id = call.params.text("origClientOrderId")
    if order_id is None and client_id is None:
        raise missing("orderId")
    account = call.account
    order = (
        account.by_order_id.get(order_id)
        if order_id is not None
        else account.by_client_id.get(client_id or "")
    )
    if order is None or order.accepted.symbol != symbol:
        raise error_of(RefusedError(Refusal.UNKNOWN_ORDER))
    return order


def _trades(call: SignedCall, market: Market, order_id: int | None) -> list[Traded]:
    if order_id is None:
        return call.account.trades.get(market.spec.name, [])
    order = call.account.by_order_id.get(order_id)
    return [] if order is None or order.accepted.symbol != market.spec.name else order.trades


def _now(order: Order) -> OrderView:
    view = order.seen_at(max(order.accepted.at, order.ended_at, *_times(order)))
    if view is None:
        raise AssertionError(f"order {order.accepted.order_id} does not see itself")
    return view


def _times(order: Order) -> list[int]:
    return [trade.at for trade in order.trades[-1:]] or [0]


def _is_open(view: OrderView) -> bool:
    return view.status in {OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED}


def _maybe_open(orders: list[Order], seen_at: int) -> list[Order]:
    """Return the orders that are open or ended after an instant."""
    return [order for order in orders if order.is_open or order.ended_at > seen_at]


ROUTES = (
    SignedRoute("POST", "/fapi/v1/order", Endpoint.ORDER, Security.TRADE, create),
    SignedRoute("POST", "/fapi/v1/order/test", Endpoint.SETTING, Security.TRADE, test),
    SignedRoute("DELETE", "/fapi/v1/order", Endpoint.CANCEL, Security.TRADE, delete),
    SignedRoute("DELETE", "/fapi/v1/allOpenOrders", Endpoint.CANCEL, Security.TRADE, delete_all),
    SignedRoute("GET", "/fapi/v1/order", Endpoint.LOOKUP, Security.READ, query),
    SignedRoute("GET", "/fapi/v1/openOrder", Endpoint.LOOKUP, Security.READ, query_open),
    SignedRoute("GET", "/fapi/v1/openOrders", Endpoint.LOOKUP, Security.READ, open_orders),
    SignedRoute("GET", "/fapi/v1/allOrders", Endpoint.LOOKUP, Security.READ, all_orders),
    SignedRoute("GET", "/fapi/v1/userTrades", Endpoint.LOOKUP, Security.READ, user_trades),
)
