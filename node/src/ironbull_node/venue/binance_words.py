"""How are answers of Binance's futures read? Defensively: whatever is not whole is `VenueError`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from ironbull_messages.fleet import VenuePosition
from ironbull_messages.words import Leg, OrderState, Side
from ironbull_node.venue.port import Balances, VenueError, VenueOrder

STATES: Final = {
    "NEW": OrderState.OPEN,
    "PARTIALLY_FILLED": OrderState.PARTIALLY_FILLED,
    "FILLED": OrderState.FILLED,
    "CANCELED": OrderState.CANCELLED,
    "EXPIRED": OrderState.EXPIRED,
    "EXPIRED_IN_MATCH": OrderState.EXPIRED,
    "REJECTED": OrderState.REJECTED,
}
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WireTrade:
    """A trade before its fee is known in USDT."""

    venue_trade_id: str
    venue_order_id: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    traded_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """The venue's budgets per minute."""

    weight_per_minute: int
    orders_per_minute: int


def order(answer: object) -> VenueOrder:
    """Read one order."""
    row = _row(answer)
    status = _text(row, "status")
    state = STATES.get(status)
    if state is None:
        raise VenueError("", f"unknown order status {status[:32]!r}")
    return VenueOrder(
        client_id=_text(row, "clientOrderId"),
        venue_order_id=_id(row, "orderId"),
        state=state,
        executed=_decimal(row, "executedQty"),
    )


def orders(answer: object) -> tuple[VenueOrder, ...]:
    """Read a list of orders."""
    return tuple(order(row) for row in _rows(answer))


def trades(answer: object) -> tuple[WireTrade, ...]:
    """Read a list of own trades."""
    return tuple(
        WireTrade(
            venue_trade_id=_id(row, "id"),
            venue_order_id=_id(row, "orderId"),
            side=Side.BUY if _text(row, "side") == "BUY" else Side.SELL,
            quantity=_decimal(row, "qty"),
            price=_decimal(row, "price"),
            fee=_decimal(row, "commission"),
            fee_asset=_text(row, "commissionAsset"),
            traded_at=datetime.fromtimestamp(_integer(row, "time") / 1000, UTC),
        )
        for row in _rows(answer)
    )


def position(answer: object, wire_symbol: str) -> Decimal:
    """Read the signed quantity of one symbol; a symbol that is not listed is flat."""
    held = [row for row in _rows(answer) if _text(row, "symbol") == wire_symbol]
    return sum((_decimal(row, "positionAmt") for row in held), Decimal(0))


def positions(answer: object, ours: Mapping[str, str]) -> tuple[VenuePosition, ...]:
    """Read what is held in the symbols we know; `ours` maps the venue's names to ours."""
    found = []
    for row in _rows(answer):
        symbol, held = ours.get(_text(row, "symbol")), _decimal(row, "positionAmt")
        if symbol is None or held == 0:
            continue
        found.append(
            VenuePosition(
                symbol=symbol,
                leg=Leg.LONG if held > 0 else Leg.SHORT,
                quantity=abs(held),
                entry_price=_decimal(row, "entryPrice"),
                unrealized_usdt=_decimal(row, "unRealizedProfit"),
            )
        )
    return tuple(found)


def balances(answer: object) -> Balances:
    """Read an account's money."""
    row = _row(answer)
    return Balances(
        wallet_usdt=_decimal(row, "totalWalletBalance"),
        equity_usdt=_decimal(row, "totalMarginBalance"),
        available_usdt=_decimal(row, "availableBalance"),
    )


def server_time(answer: object) -> int:
    """Read the venue's clock in milliseconds."""
    return _integer(_row(answer), "serverTime")


def price(answer: object) -> Decimal:
    """Read a last price."""
    return _decimal(_row(answer), "price")


def flag(answer: object, name: str) -> bool:
    """Read a yes or no."""
    value = _row(answer).get(name)
    if not isinstance(value, bool):
        raise VenueError("", f"no {name} in the answer")
    return value


def symbols(answer: object) -> dict[str, str]:
    """Read the perpetual swaps: the venue's name → ours."""
    listed = _row(answer).get("symbols")
    return {
        _text(row, "symbol"): f"{_text(row, 'baseAsset')}-{_text(row, 'quoteAsset')}-SWAP"
        for row in _rows(listed)
        if row.get("contractType") == "PERPETUAL"
    }


def limits(answer: object) -> Limits:
    """Read the budgets."""
    per_minute = {
        _text(row, "rateLimitType"): _integer(row, "limit")
        for row in _rows(_row(answer).get("rateLimits"))
        if row.get("interval") == "MINUTE" and row.get("intervalNum") == 1
    }
    try:
        return Limits(per_minute["REQUEST_WEIGHT"], per_minute["ORDERS"])
    except KeyError as missing:
        raise VenueError("", f"no limit {missing} in the exchange's information") from None


def _row(value: object) -> Row:
    if not isinstance(value, dict):
        raise VenueError("", f"an object was expected, not {type(value).__name__}")
    return value


def _rows(value: object) -> list[Row]:
    if not isinstance(value, list):
        raise VenueError("", f"a list was expected, not {type(value).__name__}")
    return [_row(row) for row in value]


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise VenueError("", f"no {name} in the answer")
    return value


def _id(row: Row, name: str) -> str:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value):
        raise VenueError("", f"no {name} in the answer")
    return str(value)


def _integer(row: Row, name: str) -> int:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise VenueError("", f"no {name} in the answer")
    return value


def _decimal(row: Row, name: str) -> Decimal:
    value = row.get(name)
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise VenueError("", f"no {name} in the answer")
    return found
