"""Unmodified ccxt 4.5.90 trades on the paper exchange with only its URLs and options set."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import ccxt.async_support as ccxt
import pytest
from fixtures.paper_process import PaperProcess, running_paper

BTC, EUR = "BTC/USDT:USDT", "EUR/USDT:USDT"
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    with running_paper(tmp_path_factory.mktemp("paper")) as process:
        yield process


@pytest.fixture
async def client(
    paper: PaperProcess, request: pytest.FixtureRequest
) -> AsyncIterator[ccxt.binanceusdm]:
    """Trade with an account of the test's own."""
    exchange = paper.ccxt(paper.trader(request.node.name[:64]))
    await exchange.load_markets()
    yield exchange
    await exchange.close()


async def test_markets_have_the_filters_of_a_real_venue(client: ccxt.binanceusdm) -> None:
    """C-X5, C-X16."""
    assert set(client.markets) == {EUR, BTC, "ETH/USDT:USDT", "SOL/USDT:USDT"}
    btc = client.markets[BTC]
    assert (btc["precision"]["amount"], btc["precision"]["price"]) == (0.001, 0.1)
    assert btc["limits"]["cost"]["min"] == 50
    assert btc["contractSize"] == 1
    assert btc["linear"]


async def test_candles_carry_market_time_and_the_venue_clock_machine_time(
    paper: PaperProcess, client: ccxt.binanceusdm
) -> None:
    """C-B1."""
    clock = paper.call("GET", "/paper/v1/clock")
    assert isinstance(clock, dict)
    for symbol in client.markets:
        candles = await client.fetch_ohlcv(symbol, "1h", limit=500)
        assert len(candles) == 500
        opens = [candle[0] for candle in candles]
        assert opens == sorted(set(opens))
        assert all(low <= min(o, c) <= max(o, c) <= high for _, o, high, low, c, _ in candles)
        assert opens[-1] < clock["market_time_ms"] + 10**9
    since = (await client.fetch_ohlcv(BTC, "1h", limit=20))[0][0]
    again = await client.fetch_ohlcv(BTC, "1h", since=since, limit=5)
    assert [candle[0] for candle in again] == [since + i * HOUR_MS for i in range(5)]
    assert abs(await client.fetch_time() - clock["machine_time_ms"]) < 60_000
    assert (await client.fetch_ticker(BTC))["timestamp"] >= clock["market_time_ms"]
    book = await client.fetch_order_book(BTC, 10)
    assert len(book["bids"]) == len(book["asks"]) == 10
    assert book["bids"][0][0] < book["asks"][0][0]


async def test_a_closed_candle_never_changes(client: ccxt.binanceusdm) -> None:
    before = (await client.fetch_ohlcv(EUR, "1h", limit=100))[:-1]
    after = await client.fetch_ohlcv(EUR, "1h", since=before[0][0], limit=len(before))
    assert after == before


async def test_a_market_order_is_placed_found_and_accounted_for(
    paper: PaperProcess, client: ccxt.binanceusdm
) -> None:
    """C-N7, C-X7."""
    order = await client.create_order(BTC, "market", "buy", 0.5, None, {"newClientOrderId": "m1"})
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 0.5, "m1")
    found = await client.fetch_order("", BTC, {"origClientOrderId": "m1"})
    assert (found["id"], found["average"]) == (order["id"], order["average"])
    trades = await client.fetch_my_trades(BTC)
    assert {trade["order"] for trade in trades} == {order["id"]}
    assert sum(trade["amount"] for trade in trades) == pytest.approx(0.5)
    told = {line["trade_id"]: line for line in paper.of_kind("trade")}
    for trade in trades:
        line = told[int(trade["id"])]
        assert Decimal(str(trade["price"])) == Decimal(str(line["price"]))
        assert Decimal(trade["info"]["commission"]) == Decimal(str(line["fee"]))
    position = (await client.fetch_positions())[0]
    assert (position["contracts"], position["side"]) == (0.5, "long")
    balance = (await client.fetch_balance())["USDT"]
    assert balance["free"] < balance["total"]


async def test_a_close_is_reduce_only_and_leaves_nothing(client: ccxt.binanceusdm) -> None:
    """C-N13, C-X6."""
    await client.create_order(BTC, "market", "sell", 0.3)
    await client.create_order(BTC, "market", "buy", 0.3, None, {"reduceOnly": True})
    assert await client.fetch_positions() == []
    with pytest.raises(ccxt.ExchangeError, match="-2022"):
        await client.create_order(BTC, "market", "buy", 0.3, None, {"reduceOnly": True})
    ledger = await client.fetch_ledger("USDT")
    assert {entry["type"] for entry in ledger} >= {"transfer", "commission", "trade"}
    income = sum(entry["amount"] * (1 if entry["direction"] == "in" else -1) for entry in ledger)
    total = (await client.fetch_balance())["USDT"]["total"]
    assert total == pytest.approx(income, abs=1e-6)


async def test_a_limit_order_rests_is_listed_and_is_cancelled(client: ccxt.binanceusdm) -> None:
    """C-N8."""
    price = client.price_to_precision(BTC, (await client.fetch_ticker(BTC))["last"] * 1.14)
    order = await client.create_order(BTC, "limit", "sell", 0.1, float(price))
    assert order["status"] == "open"
    assert [row["id"] for row in await client.fetch_open_orders(BTC)] == [order["id"]]
    assert (await client.cancel_order(order["id"], BTC))["status"] == "canceled"
    client.options["fetchOpenOrders"]["warnWithoutSymbol"] = False
    assert await client.fetch_open_orders() == []
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        await client.cancel_order(order["id"], BTC)


async def test_a_client_id_is_unique_among_open_orders_only(client: ccxt.binanceusdm) -> None:
    same = {"newClientOrderId": "same"}
    price = float(client.price_to_precision(BTC, (await client.fetch_ticker(BTC))["last"] * 0.9))
    resting = await client.create_order(BTC, "limit", "buy", 0.1, price, same)
    with pytest.raises(ccxt.ExchangeError, match="-4116"):
        await client.create_order(BTC, "market", "buy", 0.1, None, same)
    await client.cancel_order(resting["id"], BTC)
    first = await client.create_order(BTC, "market", "buy", 0.1, None, same)
    second = await client.create_order(BTC, "market", "buy", 0.1, None, same)
    assert first["id"] != second["id"]
    assert (await client.fetch_positions())[0]["contracts"] == 0.2


async def test_account_settings_are_kept(client: ccxt.binanceusdm) -> None:
    """C-X1, C-X2, C-X3."""
    await client.set_leverage(7, BTC)
    await client.set_margin_mode("isolated", BTC)
    with pytest.raises(ccxt.MarginModeAlreadySet):
        await client.set_margin_mode("isolated", BTC)
    with pytest.raises(ccxt.ExchangeError, match="-4059"):
        await client.set_position_mode(hedged=False)
    await client.set_position_mode(hedged=True)
    assert (await client.fetch_position_mode())["hedged"] is True
    await client.create_order(BTC, "market", "buy", 0.1, None, {"hedged": True})
    position = (await client.fetch_positions(None, {"useV2": True}))[0]
    assert (position["leverage"], position["marginMode"], position["hedged"]) == (
        7,
        "isolated",
        True,
    )
    with pytest.raises(ccxt.ExchangeError, match="-4068"):
        await client.set_position_mode(hedged=False)


@pytest.mark.parametrize(
    ("symbol", "amount", "error", "code"),
    [
        (BTC, 0.001, ccxt.ExchangeError, "-4164"),
        (BTC, 100, ccxt.ExchangeError, "-2019"),
        (BTC, 500, ccxt.ExchangeError, "-4005"),
    ],
)
async def test_an_order_the_venue_does_not_take_is_refused_with_its_code(
    client: ccxt.binanceusdm, symbol: str, amount: float, error: type[Exception], code: str
) -> None:
    """C-X14."""
    with pytest.raises(error, match=code):
        await client.create_order(symbol, "market", "buy", amount)
    with pytest.raises(ccxt.OrderNotFound, match="-2013"):
        await client.fetch_order("1", symbol)


async def test_wrong_keys_signatures_and_rights_are_refused(paper: PaperProcess) -> None:
    """C-U10: what a key may do is reported and kept."""
    reader = paper.trader("reader", permissions=["read"])
    exchange = paper.ccxt(reader)
    try:
        await exchange.load_markets()
        assert (await exchange.fetch_balance())["USDT"]["total"] == 10_000
        with pytest.raises(ccxt.AuthenticationError, match="-2015"):
            await exchange.create_order(BTC, "market", "buy", 0.1)
        exchange.secret = "wrong"
        with pytest.raises(ccxt.AuthenticationError, match="-1022"):
            await exchange.fetch_balance()
        exchange.apiKey = "x" * 64
        with pytest.raises(ccxt.AuthenticationError, match="-2015"):
            await exchange.fetch_balance()
        exchange.apiKey, exchange.secret = reader.api_key, reader.secret
        exchange.nonce = lambda: exchange.milliseconds() - 3500
        with pytest.raises(ccxt.InvalidNonce, match="-1021"):
            await exchange.fetch_balance()
    finally:
        await exchange.close()


async def test_used_weight_and_order_counts_are_told(client: ccxt.binanceusdm) -> None:
    await client.create_order(BTC, "market", "buy", 0.1)
    assert client.last_response_headers["X-MBX-ORDER-COUNT-1M"] == "1"
    await client.fetch_balance()
    used = int(client.last_response_headers["X-MBX-USED-WEIGHT-1M"])
    await client.fetch_balance()
    assert int(client.last_response_headers["X-MBX-USED-WEIGHT-1M"]) in {used + 1, 1}


async def test_many_orders_at_once_all_count_and_many_fill_in_more_than_one_trade(
    client: ccxt.binanceusdm,
) -> None:
    amounts = [0.04 + 0.02 * (i % 16) for i in range(100)]
    orders = await asyncio.gather(
        *(
            client.create_order(BTC, "market", "buy" if i % 2 else "sell", amount)
            for i, amount in enumerate(amounts)
        )
    )
    assert all(order["status"] == "closed" for order in orders)
    trades = await client.fetch_my_trades(BTC, limit=1000)
    counts = [sum(t["order"] == order["id"] for t in trades) for order in orders]
    assert min(counts) >= 1
    assert sum(count > 1 for count in counts) >= 30
