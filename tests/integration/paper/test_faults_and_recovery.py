"""Faults reach ccxt as venues' failures do, and a kill loses nothing that was acknowledged."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import ccxt.async_support as ccxt
import pytest
from fixtures.paper_process import PaperProcess, running_paper

BTC = "BTC/USDT:USDT"
WAIT_SECONDS = 60.0


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    with running_paper(tmp_path_factory.mktemp("paper")) as process:
        yield process


@pytest.fixture
async def client(
    paper: PaperProcess, request: pytest.FixtureRequest
) -> AsyncIterator[ccxt.binanceusdm]:
    """Trade with an account of the test's own, and leave no fault behind."""
    exchange = paper.ccxt(paper.trader(request.node.name[:64]))
    await exchange.load_markets()
    yield exchange
    await exchange.close()
    paper.call("DELETE", "/paper/v1/faults")


async def buy(exchange: ccxt.binanceusdm, client_id: str) -> dict[str, object]:
    order: dict[str, object] = await exchange.create_order(
        BTC, "market", "buy", 0.05, None, {"newClientOrderId": client_id}
    )
    return order


async def is_known(exchange: ccxt.binanceusdm, client_id: str) -> bool:
    try:
        await exchange.fetch_order("", BTC, {"origClientOrderId": client_id})
    except ccxt.OrderNotFound:
        return False
    return True


async def first_trades(exchange: ccxt.binanceusdm) -> list[dict[str, object]]:
    """Return the first own trades once there are any."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        trades: list[dict[str, object]] = await exchange.fetch_my_trades(BTC)
        if trades:
            return trades
        await asyncio.sleep(0.1)
    return []


@pytest.mark.parametrize(
    ("kind", "exists"),
    [
        ("lost_response", True),
        ("server_error_after_accept", True),
        ("reset_before_accept", False),
    ],
)
async def test_a_failed_answer_does_not_tell_whether_the_order_exists(
    paper: PaperProcess,
    client: ccxt.binanceusdm,
    kind: str,
    exists: bool,  # noqa: FBT001 - a column
) -> None:
    paper.fault(kind, count=1)
    with pytest.raises(ccxt.NetworkError):
        await buy(client, "a")
    assert await is_known(client, "a") is exists
    assert (await buy(client, "b"))["status"] == "closed"


@pytest.mark.parametrize("body", ["empty", "html", "truncated", "no_order_id"])
async def test_a_broken_answer_gives_an_order_without_id_that_exists(
    paper: PaperProcess, client: ccxt.binanceusdm, body: str
) -> None:
    paper.fault("broken_body", body=body, count=1)
    assert (await buy(client, "a"))["id"] is None
    assert await is_known(client, "a")


async def test_a_lagging_look_up_does_not_see_a_young_order(
    paper: PaperProcess, client: ccxt.binanceusdm
) -> None:
    paper.fault("read_lag", "lookup", seconds=60)
    order = await buy(client, "a")
    assert not await is_known(client, "a")
    assert await client.fetch_my_trades(BTC) == []
    assert await client.fetch_orders(BTC) == []
    paper.call("DELETE", "/paper/v1/faults")
    assert await is_known(client, "a")
    assert {trade["order"] for trade in await client.fetch_my_trades(BTC)} == {order["id"]}


async def test_an_order_delayed_beyond_its_window_is_not_accepted(
    paper: PaperProcess, client: ccxt.binanceusdm
) -> None:
    paper.fault("delay_before_accept", seconds=1.5, count=1)
    client.options["recvWindow"] = 1000
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        await buy(client, "late")
    client.options["recvWindow"] = 5000
    assert not await is_known(client, "late")


async def test_a_delayed_answer_comes_after_the_client_gave_up(
    paper: PaperProcess, client: ccxt.binanceusdm
) -> None:
    paper.fault("delay_after_accept", seconds=30, count=1)
    client.timeout = 500
    with pytest.raises(ccxt.RequestTimeout):
        await buy(client, "a")
    client.timeout = 10_000
    assert await is_known(client, "a")


async def test_faults_strike_the_account_they_name_and_are_counted(
    paper: PaperProcess, client: ccxt.binanceusdm, request: pytest.FixtureRequest
) -> None:
    before = paper.fired().get("lost_response.order", 0)
    paper.fault("lost_response", account="somebody else")
    await buy(client, "a")
    paper.fault("lost_response", account=request.node.name[:64], count=2)
    for client_id in ("b", "c"):
        with pytest.raises(ccxt.NetworkError):
            await buy(client, client_id)
    await buy(client, "d")
    assert paper.fired()["lost_response.order"] == before + 2
    struck = [line for line in paper.of_kind("fault") if line["account"] == request.node.name[:64]]
    assert [line["client_id"] for line in struck] == ["b", "c"]
    assert all(line["order_id"] for line in struck)


async def test_a_kill_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with running_paper(tmp_path) as paper:
        paper.fault("broken_body", "cancel")
        trader = paper.trader("alice", balance="100000")
        exchange = paper.ccxt(trader)
        await exchange.load_markets()
        await exchange.set_leverage(9, BTC)
        acknowledged: dict[str, str] = {}
        enough = asyncio.Event()

        async def trade(worker: int) -> None:
            for number in range(10_000):
                try:
                    order = await buy(exchange, f"w{worker}-{number}")
                except ccxt.NetworkError:
                    return
                acknowledged[str(order["clientOrderId"])] = str(order["id"])
                if len(acknowledged) >= 100:
                    enough.set()

        workers = [asyncio.create_task(trade(worker)) for worker in range(8)]
        await asyncio.wait_for(enough.wait(), WAIT_SECONDS)
        paper.kill()
        await asyncio.gather(*workers)
        await exchange.close()
        url = paper.url
        paper.start()
        assert paper.url == url
        kept = {line["client_id"]: str(line["order_id"]) for line in paper.of_kind("order")}
        assert acknowledged.items() <= kept.items()
        exchange = paper.ccxt(paper.trader("alice"))
        try:
            assert exchange.apiKey == trader.api_key
            position = await exchange.fetch_positions(None, {"useV2": True})
            held = next(p for p in position if p["symbol"] == BTC)
            assert held["contracts"] == pytest.approx(0.05 * len(kept))
            assert held["leverage"] == 9
            last = next(reversed(acknowledged))
            found = await exchange.fetch_order("", BTC, {"origClientOrderId": last})
            assert found["id"] == acknowledged[last]
            assert (await buy(exchange, "after"))["status"] == "closed"
        finally:
            await exchange.close()
        assert len({line["order_id"] for line in paper.of_kind("order")}) == len(kept) + 1
        sequence = [line["seq"] for line in paper.journal]
        assert sequence == list(range(1, len(sequence) + 1))
        faults = paper.call("GET", "/paper/v1/faults")
        assert isinstance(faults, dict)
        assert faults["rules"][0]["kind"] == "broken_body"


async def test_a_resting_order_fills_when_the_price_comes_also_across_a_restart(
    tmp_path: Path,
) -> None:
    with running_paper(tmp_path) as paper:
        exchange = paper.ccxt(paper.trader("alice"))
        await exchange.load_markets()
        last = (await exchange.fetch_ticker(BTC))["last"]
        for side, factor in (("buy", 0.985), ("sell", 1.015)):
            price = float(exchange.price_to_precision(BTC, last * factor))
            await exchange.create_order(BTC, "limit", side, 0.1, price)
        paper.kill()
        paper.start()
        trades = await first_trades(exchange)
        await exchange.close()
        assert trades
        assert {trade["takerOrMaker"] for trade in trades} == {"maker"}


def test_the_market_is_where_it_would_be_without_the_restart(tmp_path: Path) -> None:
    with running_paper(tmp_path) as paper:
        before = paper.call("GET", "/paper/v1/clock")
        paper.kill()
        paper.start()
        after = paper.call("GET", "/paper/v1/clock")
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    machine = after["machine_time_ms"] - before["machine_time_ms"]
    assert after["market_time_ms"] - before["market_time_ms"] == machine * 7200


def test_a_signal_ends_it_cleanly(tmp_path: Path) -> None:
    with running_paper(tmp_path) as paper:
        assert paper.stop() == 0


def test_wrong_starts_are_refused_with_the_way_out(tmp_path: Path) -> None:
    with running_paper(tmp_path / "a") as paper:
        with pytest.raises(RuntimeError, match="another running exchange"):
            PaperProcess(tmp_path / "a").start()
        port = str(paper.endpoint["port"])
        with pytest.raises(RuntimeError, match="choose another port"):
            PaperProcess(tmp_path / "b", ("--port", port)).start()
        paper.stop()
        with pytest.raises(RuntimeError, match="made with seed 7, not 8"):
            PaperProcess(tmp_path / "a", ("--seed", "8")).start()


def test_control_needs_the_token_and_says_what_is_wrong(paper: PaperProcess) -> None:
    with pytest.raises(RuntimeError, match=r"401 .*ADMIN_TOKEN_WRONG"):
        paper.call("GET", "/paper/v1/accounts", token="wrong")
    bodies: tuple[object, ...] = (
        {"label": "x", "balance": 5},
        {"label": "x"},
        {"label": "", "balance": "5"},
        [],
    )
    for body in bodies:
        with pytest.raises(RuntimeError, match=r"422 .*INVALID"):
            paper.call("POST", "/paper/v1/accounts", body)
    with pytest.raises(RuntimeError, match=r"422 .*kind"):
        paper.call("POST", "/paper/v1/faults", {"kind": "earthquake"})


def test_the_speed_can_change_while_it_runs(tmp_path: Path) -> None:
    with running_paper(tmp_path) as paper:
        before = paper.call("POST", "/paper/v1/clock", {"speed": "0"})
        after = paper.call("GET", "/paper/v1/clock")
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["market_time_ms"] == after["market_time_ms"]
    assert json.dumps(after["speed"]) == "0.0"
