"""What does Binance tell everybody? Market answers carry market time, only `time` machine time."""

from collections.abc import Callable
from itertools import islice

from ironbull_paper.dialects.binance.call import Call, Json, Route
from ironbull_paper.dialects.binance.errors import BinanceError
from ironbull_paper.dialects.binance.render import money, price, quantity
from ironbull_paper.dialects.binance.weights import ORDERS_PER_MINUTE, WEIGHT_PER_MINUTE
from ironbull_paper.faults import Endpoint
from ironbull_paper.market.bars import BAR_MS
from ironbull_paper.market.book import Level
from ironbull_paper.market.candles import INTERVALS_MS, Candle, candles_after, latest_candles
from ironbull_paper.market.symbols import SymbolSpec
from ironbull_paper.market.universe import Market
from ironbull_paper.matching.engine import MAX_OPEN_ORDERS
from ironbull_paper.matching.filters import BAND

DEFAULT_CANDLES, MAX_CANDLES = 500, 1500
DEFAULT_DEPTH, MAX_DEPTH = 500, 1000
DAY_HOURS = 24


def ping(_: Call) -> Json:
    """Answer."""
    return {}


def time(call: Call) -> Json:
    """Tell the machine time of the venue."""
    return {"serverTime": call.moment.at}


def exchange_info(call: Call) -> Json:
    """Tell contracts, filters and limits."""
    specs = [market.spec for market in call.exchange.universe.markets.values()]
    return {
        "timezone": "UTC",
        "serverTime": call.moment.at,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            _rate_limit("REQUEST_WEIGHT", WEIGHT_PER_MINUTE),
            _rate_limit("ORDERS", ORDERS_PER_MINUTE),
        ],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "0"}],
        "symbols": [_symbol_json(spec) for spec in specs],
    }


def klines(call: Call) -> Json:
    """Tell candles up to market time, the forming one included."""
    market = call.market()
    interval = INTERVALS_MS.get(call.params.needed("interval"))
    if interval is None:
        raise BinanceError(-1120, "Invalid interval.")
    limit = call.params.limit(DEFAULT_CANDLES, MAX_CANDLES)
    now = call.moment.market_at
    start = call.params.integer("startTime")
    end = call.params.integer("endTime")
    end = now if end is None else end
    if start is None:
        candles = latest_candles(market.feed, interval, end, now, limit)
    else:
        candles = candles_after(
            market.feed, interval, start_ms=start, end_ms=end, now_ms=now, limit=limit
        )
    return [_kline(market.spec, candle) for candle in candles]


def depth(call: Call) -> Json:
    """Tell the book."""
    market = call.market()
    limit = call.params.limit(DEFAULT_DEPTH, MAX_DEPTH)
    book = market.book.at(call.moment.market_at)
    return {
        "lastUpdateId": call.moment.at,
        "E": call.moment.market_at,
        "T": call.moment.market_at,
        "bids": [_level(market.spec, level) for level in islice(book.bids, limit)],
        "asks": [_level(market.spec, level) for level in islice(book.asks, limit)],
    }


def day_ticker(call: Call) -> Json:
    """Tell the last 24 hours of one symbol or all."""
    return _one_or_all(call, _day)


def price_ticker(call: Call) -> Json:
    """Tell the last price of one symbol or all."""
    return _one_or_all(call, _last)


def book_ticker(call: Call) -> Json:
    """Tell the best bid and ask of one symbol or all."""
    return _one_or_all(call, _best)


def premium_index(call: Call) -> Json:
    """Tell the mark price of one symbol or all; there is no funding."""
    return _one_or_all(call, _mark)


def _one_or_all(call: Call, write: Callable[[Call, Market], dict[str, object]]) -> Json:
    if call.params.text("symbol") is not None:
        return write(call, call.market())
    return [write(call, market) for market in call.exchange.universe.markets.values()]


def _day(call: Call, market: Market) -> dict[str, object]:
    spec = market.spec
    now = call.moment.market_at
    hours = latest_candles(market.feed, BAR_MS, now, now, DAY_HOURS)
    first, last = spec.price(hours[0].open), spec.price(hours[-1].close)
    volume = spec.quantity(sum(candle.volume for candle in hours))
    change = last - first
    book = market.book.at(now)
    return {
        "symbol": spec.name,
        "priceChange": price(spec, change),
        "priceChangePercent": f"{change / first * 100:.3f}",
        "weightedAvgPrice": price(spec, (first + last) / 2),
        "lastPrice": price(spec, last),
        "lastQty": quantity(spec, spec.quantity(book.bids[0].quantity)),
        "openPrice": price(spec, first),
        "highPrice": price(spec, spec.price(max(candle.high for candle in hours))),
        "lowPrice": price(spec, spec.price(min(candle.low for candle in hours))),
        "volume": quantity(spec, volume),
        "quoteVolume": money(volume * (first + last) / 2),
        "openTime": hours[0].open_at,
        "closeTime": now,
        "firstId": 1,
        "lastId": now // 1000,
        "count": now // 1000,
    }


def _last(call: Call, market: Market) -> dict[str, object]:
    last = price(market.spec, call.price(market.spec.name))
    return {"symbol": market.spec.name, "price": last, "time": call.moment.market_at}


def _best(call: Call, market: Market) -> dict[str, object]:
    spec = market.spec
    book = market.book.at(call.moment.market_at)
    bid, ask = book.bids[0], book.asks[0]
    return {
        "symbol": spec.name,
        "bidPrice": price(spec, spec.price(bid.price)),
        "bidQty": quantity(spec, spec.quantity(bid.quantity)),
        "askPrice": price(spec, spec.price(ask.price)),
        "askQty": quantity(spec, spec.quantity(ask.quantity)),
        "time": call.moment.market_at,
    }


def _mark(call: Call, market: Market) -> dict[str, object]:
    mark = money(call.price(market.spec.name))
    return {
        "symbol": market.spec.name,
        "markPrice": mark,
        "indexPrice": mark,
        "estimatedSettlePrice": mark,
        "lastFundingRate": "0.00000000",
        "interestRate": "0.00000000",
        "nextFundingTime": 0,
        "time": call.moment.market_at,
    }


def _level(spec: SymbolSpec, level: Level) -> list[str]:
    return [price(spec, spec.price(level.price)), quantity(spec, spec.quantity(level.quantity))]


def _kline(spec: SymbolSpec, candle: Candle) -> list[object]:
    volume = spec.quantity(candle.volume)
    middle = (spec.price(candle.open) + spec.price(candle.close)) / 2
    return [
        candle.open_at,
        price(spec, spec.price(candle.open)),
        price(spec, spec.price(candle.high)),
        price(spec, spec.price(candle.low)),
        price(spec, spec.price(candle.close)),
        quantity(spec, volume),
        candle.close_at,
        money(volume * middle),
        max(1, candle.volume // 1000),
        quantity(spec, volume / 2),
        money(volume * middle / 2),
        "0",
    ]


def _rate_limit(kind: str, limit: int) -> dict[str, object]:
    return {"rateLimitType": kind, "interval": "MINUTE", "intervalNum": 1, "limit": limit}


def _symbol_json(spec: SymbolSpec) -> dict[str, object]:
    return {
        "symbol": spec.name,
        "pair": spec.name,
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1483228800000,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": spec.base,
        "quoteAsset": spec.quote,
        "marginAsset": spec.quote,
        "pricePrecision": spec.price_digits,
        "quantityPrecision": spec.quantity_digits,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.000000",
        "marketTakeBound": format(BAND, "f"),
        "maxMoveOrderLimit": 10000,
        "filters": _filters(spec),
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _filters(spec: SymbolSpec) -> list[dict[str, object]]:
    tick, step = format(spec.tick, "f"), format(spec.step, "f")
    smallest = format(spec.min_quantity, "f")
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": tick,
            "maxPrice": price(spec, spec.tick * 10_000_000),
            "tickSize": tick,
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": smallest,
            "maxQty": format(spec.max_quantity, "f"),
            "stepSize": step,
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": smallest,
            "maxQty": format(spec.max_market_quantity, "f"),
            "stepSize": step,
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": MAX_OPEN_ORDERS},
        {"filterType": "MIN_NOTIONAL", "notional": format(spec.min_notional, "f")},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": format(1 + BAND, "f"),
            "multiplierDown": format(1 - BAND, "f"),
            "multiplierDecimal": "4",
        },
    ]


ROUTES = (
    Route("GET", "/fapi/v1/ping", Endpoint.MARKET, ping),
    Route("GET", "/fapi/v1/time", Endpoint.MARKET, time),
    Route("GET", "/fapi/v1/exchangeInfo", Endpoint.MARKET, exchange_info),
    Route("GET", "/fapi/v1/klines", Endpoint.MARKET, klines),
    Route("GET", "/fapi/v1/depth", Endpoint.MARKET, depth),
    Route("GET", "/fapi/v1/ticker/24hr", Endpoint.MARKET, day_ticker),
    Route("GET", "/fapi/v1/ticker/price", Endpoint.MARKET, price_ticker),
    Route("GET", "/fapi/v2/ticker/price", Endpoint.MARKET, price_ticker),
    Route("GET", "/fapi/v1/ticker/bookTicker", Endpoint.MARKET, book_ticker),
    Route("GET", "/fapi/v1/premiumIndex", Endpoint.MARKET, premium_index),
)
