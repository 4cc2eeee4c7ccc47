"""What does Binance tell an account about itself, and what may it set?"""

from decimal import Decimal

from ironbull_paper.dialects.binance.call import Json, Security, SignedCall, SignedRoute
from ironbull_paper.dialects.binance.errors import BinanceError
from ironbull_paper.dialects.binance.render import (
    income_json,
    largest_notional,
    money,
    position_json,
)
from ironbull_paper.faults import Endpoint
from ironbull_paper.matching.account import PositionKey
from ironbull_paper.matching.bookkeeping import MAKER_FEE, TAKER_FEE
from ironbull_paper.matching.margin import MarginView, margin_view
from ironbull_paper.matching.position import ZERO
from ironbull_paper.matching.settings import set_leverage, set_margin_type, set_position_mode
from ironbull_paper.matching.words import MarginType, Permission, PositionSide

DEFAULT_INCOME, MAX_INCOME = 100, 1000
SUCCESS: Json = {"code": 200, "msg": "success"}


def balance(call: SignedCall) -> Json:
    """Tell the balance per asset."""
    view = _margin(call)
    return [
        {
            "accountAlias": f"paper{call.account.account_id}",
            "asset": "USDT",
            "balance": money(view.wallet),
            "crossWalletBalance": money(view.wallet),
            "crossUnPnl": money(view.unrealised),
            "availableBalance": money(view.available),
            "maxWithdrawAmount": money(min(view.wallet, view.available)),
            "marginAvailable": True,
            "updateTime": call.moment.at,
        }
    ]


def account(call: SignedCall) -> Json:
    """Tell balances and positions, with the fields of versions 2 and 3."""
    view = _margin(call)
    positions = [_position(call, key, view) for key in call.account.held()]
    maintenance = sum((Decimal(str(row["maintMargin"])) for row in positions), ZERO)
    initial = view.position_margin + view.order_margin
    return {
        "feeTier": 0,
        "canTrade": Permission.TRADE in call.account.permissions,
        "canDeposit": True,
        "canWithdraw": Permission.WITHDRAW in call.account.permissions,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
        "totalInitialMargin": money(initial),
        "totalMaintMargin": money(maintenance),
        "totalWalletBalance": money(view.wallet),
        "totalUnrealizedProfit": money(view.unrealised),
        "totalMarginBalance": money(view.equity),
        "totalPositionInitialMargin": money(view.position_margin),
        "totalOpenOrderInitialMargin": money(view.order_margin),
        "totalCrossWalletBalance": money(view.wallet),
        "totalCrossUnPnl": money(view.unrealised),
        "availableBalance": money(view.available),
        "maxWithdrawAmount": money(min(view.wallet, view.available)),
        "assets": [
            {
                "asset": "USDT",
                "walletBalance": money(view.wallet),
                "unrealizedProfit": money(view.unrealised),
                "marginBalance": money(view.equity),
                "maintMargin": money(maintenance),
                "initialMargin": money(initial),
                "positionInitialMargin": money(view.position_margin),
                "openOrderInitialMargin": money(view.order_margin),
                "crossWalletBalance": money(view.wallet),
                "crossUnPnl": money(view.unrealised),
                "availableBalance": money(view.available),
                "maxWithdrawAmount": money(min(view.wallet, view.available)),
                "marginAvailable": True,
                "updateTime": call.moment.at,
            }
        ],
        "positions": positions,
    }


def positions(call: SignedCall) -> Json:
    """Tell the positions that are held (version 3)."""
    return _positions(call, list(call.account.held()))


def all_positions(call: SignedCall) -> Json:
    """Tell the positions of all symbols, flat ones included (versions 1 and 2)."""
    sides = (
        (PositionSide.LONG, PositionSide.SHORT) if call.account.is_dual else (PositionSide.BOTH,)
    )
    return _positions(
        call, [(symbol, side) for symbol in call.exchange.universe.markets for side in sides]
    )


def income(call: SignedCall) -> Json:
    """Tell what changed the wallet: commissions, realised profits, transfers."""
    kind, symbol = call.params.text("incomeType"), call.params.text("symbol")
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    limit = call.params.limit(DEFAULT_INCOME, MAX_INCOME)
    rows = [
        row
        for change in call.account.changes
        if change.at <= call.seen_at
        and (start is None or change.at >= start)
        and (end is None or change.at <= end)
        for row in income_json(change)
        if kind in {None, row["incomeType"]} and symbol in {None, row["symbol"]}
    ]
    page = call.params.integer("page")
    if page is not None:
        return list(rows[max(0, page - 1) * limit :][:limit])
    return list(rows[-limit:] if start is None else rows[:limit])


def position_mode(call: SignedCall) -> Json:
    """Tell whether there is a long and a short position per symbol."""
    return {"dualSidePosition": call.account.is_dual}


def change_position_mode(call: SignedCall) -> Json:
    """Choose one position per symbol or two."""
    call.params.needed("dualSidePosition")
    dual = call.params.flag("dualSidePosition")
    call.commit(set_position_mode(call.account, dual=dual, moment=call.moment))
    return SUCCESS


def change_margin_type(call: SignedCall) -> Json:
    """Choose shared or own margin for a symbol."""
    spec = call.market().spec
    kind = call.params.word("marginType", MarginType, -4047, "Invalid margin type.")
    call.commit(set_margin_type(call.account, spec, kind, call.moment))
    return SUCCESS


def change_leverage(call: SignedCall) -> Json:
    """Choose the leverage of a symbol."""
    spec = call.market().spec
    leverage = int(call.params.needed_decimal("leverage"))
    prices = call.exchange.prices(call.moment)
    call.commit(set_leverage(call.account, spec, leverage, prices, call.moment))
    cap = largest_notional(spec, leverage)
    return {"leverage": leverage, "maxNotionalValue": format(cap, "f"), "symbol": spec.name}


def leverage_brackets(call: SignedCall) -> Json:
    """Tell which leverage a notional may have."""
    named = call.params.text("symbol")
    markets = call.exchange.universe.markets
    specs = [call.market().spec] if named else [market.spec for market in markets.values()]
    return [
        {
            "symbol": spec.name,
            "brackets": [
                {
                    "bracket": number,
                    "initialLeverage": bracket.max_leverage,
                    "notionalCap": int(bracket.cap),
                    "notionalFloor": int(bracket.floor),
                    "maintMarginRatio": float(bracket.maintenance_rate),
                    "cum": float(bracket.cumulative),
                }
                for number, bracket in enumerate(spec.brackets(), start=1)
            ],
        }
        for spec in specs
    ]


def commission_rate(call: SignedCall) -> Json:
    """Tell the fees of a symbol."""
    return {
        "symbol": call.market().spec.name,
        "makerCommissionRate": format(MAKER_FEE, "f"),
        "takerCommissionRate": format(TAKER_FEE, "f"),
    }


def symbol_config(call: SignedCall) -> Json:
    """Tell margin type and leverage of one symbol or all."""
    named = call.params.text("symbol")
    names = [call.market().spec.name] if named else list(call.exchange.universe.markets)
    return [
        {
            "symbol": name,
            "marginType": call.account.margin_type(name).value,
            "isAutoAddMargin": False,
            "leverage": call.account.leverage(name),
            "maxNotionalValue": format(
                largest_notional(
                    call.exchange.universe.markets[name].spec, call.account.leverage(name)
                ),
                "f",
            ),
        }
        for name in names
    ]


def account_config(call: SignedCall) -> Json:
    """Tell what the account may do."""
    return {
        "feeTier": 0,
        "canTrade": Permission.TRADE in call.account.permissions,
        "canDeposit": True,
        "canWithdraw": Permission.WITHDRAW in call.account.permissions,
        "dualSidePosition": call.account.is_dual,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def multi_assets(_: SignedCall) -> Json:
    """Tell that margin is in one asset."""
    return {"multiAssetsMargin": False}


def key_restrictions(call: SignedCall) -> Json:
    """Tell what the key may do (the one `sapi` path that is spoken; ccxt itself needs none)."""
    permissions = call.account.permissions
    return {
        "ipRestrict": False,
        "createTime": 0,
        "enableReading": Permission.READ in permissions,
        "enableFutures": Permission.TRADE in permissions,
        "enableWithdrawals": Permission.WITHDRAW in permissions,
        "enableInternalTransfer": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableMargin": False,
        "enableSpotAndMarginTrading": False,
    }


def _margin(call: SignedCall) -> MarginView:
    return margin_view(call.account, call.exchange.prices(call.moment))


def _positions(call: SignedCall, keys: list[PositionKey]) -> Json:
    named = call.params.text("symbol")
    if named is not None and named not in call.exchange.universe.markets:
        raise BinanceError(-1121, "Invalid symbol.")
    view = _margin(call)
    return [_position(call, key, view) for key in keys if named in {None, key[0]}]


def _position(call: SignedCall, key: PositionKey, view: MarginView) -> dict[str, object]:
    market = call.exchange.universe.markets[key[0]]
    return position_json(call.account, key, market, call.price(key[0]), view.wallet)


_READ, _TRADE = Security.READ, Security.TRADE
_TELL, _SET = Endpoint.ACCOUNT, Endpoint.SETTING
ROUTES = (
    SignedRoute("GET", "/fapi/v1/balance", _TELL, _READ, balance),
    SignedRoute("GET", "/fapi/v2/balance", _TELL, _READ, balance),
    SignedRoute("GET", "/fapi/v3/balance", _TELL, _READ, balance),
    SignedRoute("GET", "/fapi/v1/account", _TELL, _READ, account),
    SignedRoute("GET", "/fapi/v2/account", _TELL, _READ, account),
    SignedRoute("GET", "/fapi/v3/account", _TELL, _READ, account),
    SignedRoute("GET", "/fapi/v1/positionRisk", _TELL, _READ, all_positions),
    SignedRoute("GET", "/fapi/v2/positionRisk", _TELL, _READ, all_positions),
    SignedRoute("GET", "/fapi/v3/positionRisk", _TELL, _READ, positions),
    SignedRoute("GET", "/fapi/v1/income", _TELL, _READ, income),
    SignedRoute("GET", "/fapi/v1/positionSide/dual", _TELL, _READ, position_mode),
    SignedRoute("POST", "/fapi/v1/positionSide/dual", _SET, _TRADE, change_position_mode),
    SignedRoute("POST", "/fapi/v1/marginType", _SET, _TRADE, change_margin_type),
    SignedRoute("POST", "/fapi/v1/leverage", _SET, _TRADE, change_leverage),
    SignedRoute("GET", "/fapi/v1/leverageBracket", _TELL, _READ, leverage_brackets),
    SignedRoute("GET", "/fapi/v1/commissionRate", _TELL, _READ, commission_rate),
    SignedRoute("GET", "/fapi/v1/symbolConfig", _TELL, _READ, symbol_config),
    SignedRoute("GET", "/fapi/v1/accountConfig", _TELL, _READ, account_config),
    SignedRoute("GET", "/fapi/v1/multiAssetsMargin", _TELL, _READ, multi_assets),
    SignedRoute("GET", "/sapi/v1/account/apiRestrictions", _TELL, _READ, key_restrictions),
)
