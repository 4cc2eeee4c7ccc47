"""How does Binance write numbers, orders, trades and positions?"""

from decimal import Decimal

from ironbull_paper.market.symbols import SymbolSpec
from ironbull_paper.market.universe import Market
from ironbull_paper.matching.account import Account, PositionKey
from ironbull_paper.matching.orders import OrderView
from ironbull_paper.matching.position import ZERO, Position
from ironbull_paper.matching.records import Traded, Transferred
from ironbull_paper.matching.words import MarginType, Side

MONEY_DIGITS = 8


def money(amount: Decimal) -> str:
    """Write an amount with eight digits behind the point."""
    return f"{amount:.{MONEY_DIGITS}f}"


def price(spec: SymbolSpec, amount: Decimal) -> str:
    """Write a price in the digits of its contract."""
    return f"{amount:.{spec.price_digits}f}"


def quantity(spec: SymbolSpec, amount: Decimal) -> str:
    """Write a quantity in the digits of its contract."""
    return f"{amount:.{spec.quantity_digits}f}"


def order_json(view: OrderView, spec: SymbolSpec) -> dict[str, object]:
    """Write an order as of the instant of its view."""
    order = view.accepted
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": view.status.value,
        "clientOrderId": order.client_id,
        "price": price(spec, order.price),
        "avgPrice": f"{view.average_price:.{spec.price_digits + 3}f}",
        "origQty": quantity(spec, order.quantity),
        "executedQty": quantity(spec, view.executed),
        "cumQty": quantity(spec, view.executed),
        "cumQuote": money(view.quote),
        "timeInForce": order.time_in_force.value,
        "type": order.type.value,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side.value,
        "positionSide": order.position_side.value,
        "stopPrice": price(spec, ZERO),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": order.type.value,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        "time": order.at,
        "updateTime": view.updated_at,
    }


def trade_json(trade: Traded, spec: SymbolSpec) -> dict[str, object]:
    """Write a trade of an account."""
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "side": trade.side.value,
        "price": price(spec, trade.price),
        "qty": quantity(spec, trade.quantity),
        "realizedPnl": money(trade.realised_pnl),
        "quoteQty": money(trade.quote_quantity),
        "commission": money(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": trade.at,
        "positionSide": trade.position_side.value,
        "buyer": trade.side is Side.BUY,
        "maker": trade.maker,
        "marginAsset": trade.fee_asset,
    }


def income_json(change: Traded | Transferred) -> list[dict[str, object]]:
    """Write what a change of the wallet consists of."""
    if isinstance(change, Transferred):
        return [_income(change, "TRANSFER", change.amount, change.transaction_id)]
    rows = [_income(change, "COMMISSION", -change.fee, change.fee_transaction_id)]
    if change.realised_pnl:
        rows.append(_income(change, "REALIZED_PNL", change.realised_pnl, change.pnl_transaction_id))
    return rows


def position_json(
    account: Account, key: PositionKey, market: Market, mark: Decimal, wallet: Decimal
) -> dict[str, object]:
    """Write a position with the fields of versions 1, 2 and 3; the wallet backs shared margin."""
    symbol, side = key
    spec = market.spec
    position = account.position(symbol, side)
    leverage = account.leverage(symbol)
    is_isolated = account.margin_type(symbol) is MarginType.ISOLATED
    needed = position.margin(mark, leverage)
    own = position.margin(position.entry_price, leverage) if is_isolated else ZERO
    notional = position.quantity * mark
    bracket = spec.bracket(abs(notional))
    kept = abs(notional) * bracket.maintenance_rate - bracket.cumulative
    unrealised = position.unrealised(mark)
    backing = own if is_isolated else wallet
    return {
        "symbol": symbol,
        "positionSide": side.value,
        "positionAmt": quantity(spec, position.quantity),
        "entryPrice": money(position.entry_price),
        "breakEvenPrice": money(position.entry_price),
        "markPrice": money(mark),
        "unRealizedProfit": money(unrealised),
        "unrealizedProfit": money(unrealised),
        "liquidationPrice": money(_liquidation(position, backing, bracket.maintenance_rate)),
        "isolatedMargin": money(own + unrealised if own else ZERO),
        "isolatedWallet": money(own),
        "isolated": is_isolated,
        "isAutoAddMargin": "false",
        "marginType": "isolated" if is_isolated else "cross",
        "leverage": str(leverage),
        "maxNotionalValue": format(largest_notional(spec, leverage), "f"),
        "maxNotional": format(largest_notional(spec, leverage), "f"),
        "notional": money(notional),
        "marginAsset": spec.quote,
        "initialMargin": money(needed),
        "maintMargin": money(kept if notional else ZERO),
        "positionInitialMargin": money(needed),
        "openOrderInitialMargin": money(ZERO),
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": account.position_times.get(key, 0),
    }


def largest_notional(spec: SymbolSpec, leverage: int) -> Decimal:
    """Return the largest notional that may have a leverage."""
    return max(b.cap for b in spec.brackets() if b.max_leverage >= leverage)


def _income(
    change: Traded | Transferred, kind: str, amount: Decimal, transaction_id: int
) -> dict[str, object]:
    symbol, trade_id = "", ""
    if isinstance(change, Traded):
        symbol, trade_id = change.symbol, str(change.trade_id)
    return {
        "symbol": symbol,
        "incomeType": kind,
        "income": money(amount),
        "asset": "USDT",
        "info": trade_id or kind,
        "time": change.at,
        "tranId": transaction_id,
        "tradeId": trade_id,
    }


def _liquidation(position: Position, backing: Decimal, rate: Decimal) -> Decimal:
    """Return the price at which a position would eat up its backing, zero when none does."""
    if position.is_flat:
        return ZERO
    sign = 1 if position.quantity > 0 else -1
    found = (position.cost - backing) / (abs(position.quantity) * (sign - rate))
    return max(ZERO, found)
