"""A venue's candles become signals: recorded once, told in order, resumed without a difference."""

import asyncio
from decimal import Decimal
from itertools import pairwise

from fixtures.market_desk import (
    ENGINE,
    FEED,
    TENANT,
    Desk,
    Ear,
    speaking_engine,
    strategy,
    trading_market,
)
from fixtures.nats_authority import Authority
from fixtures.paper_process import PaperProcess
from fixtures.waiting import eventually

from ironbull_app.processes.engine import Engine, make_lines
from ironbull_kit import streams
from ironbull_kit.documents import load
from ironbull_messages import subjects
from ironbull_messages.market import Candle, HistoryReply, HistoryRequest, Price
from ironbull_messages.words import Action, Timeframe

BTC, EUR = "BTC-USDT-SWAP", "EUR-USDT-SWAP"
HISTORY_SECONDS = 60.0
HOLES = """SELECT count(*) FROM (SELECT open_at - lag(close_at) OVER (ORDER BY open_at) AS hole
    FROM candle WHERE symbol = %s) gaps WHERE hole <> interval '0'"""
WAIT_SECONDS = 60.0


async def test_candles_become_signals_that_a_restarted_engine_says_again_under_the_same_ids(
    desk: Desk, authority: Authority, paper: PaperProcess
) -> None:
    documents = desk.offer(
        [
            strategy("trend", "ma_cross", (BTC, EUR), fast_ma="2", slow_ma="5", use_ema="true"),
            strategy("return", "rsi", (BTC,), rsi_period="3"),
        ]
    )
    ear = Ear(authority)
    async with trading_market(desk, authority, paper.url):
        async with speaking_engine(desk, authority, documents):
            first = await ear.until(12, {"trend", "return"})
        async with speaking_engine(desk, authority, documents):
            both = await ear.until(len(first) + 8)

    assert {signal.tenant for signal in both} == {TENANT}
    said = {(s.strategy, s.symbol, s.close_at, s.action, s.leg) for s in both}
    assert len({signal.id for signal in both}) == len(said) == len(both)
    for line in {(s.strategy, s.symbol) for s in both}:
        ordered = [s for s in both if (s.strategy, s.symbol) == line]
        for close, opened in zip(ordered[::2], ordered[1::2], strict=False):
            assert (close.action, opened.action) == (Action.CLOSE, Action.OPEN)
            assert close.close_at == opened.close_at
            assert close.leg is opened.leg.opposite


async def test_what_is_told_is_stored_and_follows_without_a_hole(
    desk: Desk, authority: Authority, paper: PaperProcess
) -> None:
    desk.offer([strategy("trend", "ma_cross", (BTC,))])
    heard: asyncio.Queue[Candle] = asyncio.Queue()
    prices: asyncio.Queue[Price] = asyncio.Queue()

    async def hear_candle(message: object) -> None:
        await heard.put(Candle.model_validate_json(message.data))  # type: ignore[attr-defined]

    async def hear_price(message: object) -> None:
        await prices.put(Price.model_validate_json(message.data))  # type: ignore[attr-defined]

    await authority.centre.subscribe(subjects.candle(FEED, BTC, Timeframe.H1), cb=hear_candle)
    await authority.centre.subscribe(subjects.price(FEED, BTC), cb=hear_price)

    async with trading_market(desk, authority, paper.url):
        async with asyncio.timeout(WAIT_SECONDS):
            told = [await heard.get() for _ in range(6)]
            seen = [await prices.get() for _ in range(6)]

    assert all(former.close_at == latter.open_at for former, latter in pairwise(told))
    assert all(former.as_of <= latter.as_of for former, latter in pairwise(seen))
    assert all(price.bid <= price.ask for price in seen)
    stored = desk.rows(
        "SELECT close FROM candle WHERE symbol = %s AND open_at >= %s ORDER BY open_at LIMIT 6",
        *(BTC, told[0].open_at),
    )
    assert [row[0] for row in stored] == [candle.close for candle in told]
    tick = desk.rows("SELECT tick_size, min_notional FROM instrument WHERE symbol = %s", BTC)
    assert Decimal(str(tick[0][0])) > 0


async def test_history_answers_with_500_candles_before_anything_was_recorded(
    desk: Desk, authority: Authority, paper: PaperProcess
) -> None:
    async with trading_market(desk, authority, paper.url):
        reply = await _ask(authority, HistoryRequest(limit=600), EUR)
        later = await _ask(authority, HistoryRequest(limit=3, after=reply.candles[9].close_at), EUR)

    assert len(reply.candles) >= 500
    assert reply.tick_size == Decimal("0.00001")
    opened = [candle.open_at for candle in reply.candles]
    assert opened == sorted(set(opened))
    assert later.candles == reply.candles[10:13]


async def test_history_of_what_the_venue_does_not_list_is_no_answer(
    desk: Desk, authority: Authority, paper: PaperProcess
) -> None:
    subject = subjects.history(FEED, "DOGE-USDT-SWAP", Timeframe.H1)
    async with trading_market(desk, authority, paper.url):
        await _ask(authority, HistoryRequest(limit=1), BTC)
        try:
            await authority.centre.request(subject, HistoryRequest(limit=1).to_bytes(), timeout=5.0)
        except TimeoutError:
            answered = False
        else:
            answered = True

    assert not answered
    assert desk.candles("DOGE-USDT-SWAP") == 0


async def test_a_venue_that_answers_rubbish_is_counted_and_nothing_is_made_up(
    desk: Desk, authority: Authority, paper: PaperProcess
) -> None:
    desk.offer([strategy("trend", "ma_cross", (BTC,))])
    rule = paper.fault("broken_body", "market", body="mixed", probability=1)
    try:
        async with trading_market(desk, authority, paper.url):
            await asyncio.sleep(3)
            during = desk.candles(BTC)
            paper.call("DELETE", f"/paper/v1/faults/{rule}")
            await eventually(lambda: desk.candles(BTC) > during)
    finally:
        paper.call("DELETE", "/paper/v1/faults")

    assert during == 0
    holes = desk.rows(HOLES, BTC)
    assert holes == [(0,)]


async def test_a_market_that_was_down_fills_the_hole(
    desk: Desk, authority: Authority, paper: PaperProcess
) -> None:
    desk.offer([strategy("trend", "ma_cross", (BTC, EUR))])
    async with trading_market(desk, authority, paper.url):
        await eventually(lambda: desk.candles(BTC) >= 500)
    await asyncio.sleep(2)
    before = desk.candles(BTC)
    async with trading_market(desk, authority, paper.url):
        await eventually(lambda: desk.candles(BTC) >= before + 6)

    holes = desk.rows(HOLES, BTC)
    assert holes == [(0,)]


async def test_a_stream_that_lost_its_disk_is_told_the_last_signals_again(
    desk: Desk, authority: Authority, paper: PaperProcess
) -> None:
    documents = desk.offer(
        [strategy("trend", "ma_cross", (BTC,), fast_ma="2", slow_ma="3", use_ema="true")]
    )
    client = await authority.connect("engine", TENANT, ENGINE)
    stopping = asyncio.Event()
    speaking = Engine(client, make_lines(load(documents), TENANT))
    async with trading_market(desk, authority, paper.url):
        role = asyncio.create_task(speaking.run(stopping))
        before = await Ear(authority).until(20)
        await authority.centre.jetstream().delete_stream(subjects.SIGNALS)
        await streams.ensure_streams(authority.centre.jetstream())
        await client.force_reconnect()
        told = await Ear(authority).until_heard(before[-1].id)
        assert speaking.missing() == {}
        stopping.set()
        await asyncio.wait_for(role, WAIT_SECONDS)
    await client.close()

    assert len({signal.id for signal in told}) == len(told)


async def _ask(authority: Authority, request: HistoryRequest, symbol: str) -> HistoryReply:
    subject = subjects.history(FEED, symbol, Timeframe.H1)
    async with asyncio.timeout(HISTORY_SECONDS):
        while True:
            try:
                answer = await authority.centre.request(subject, request.to_bytes(), timeout=5.0)
            except Exception:  # noqa: BLE001 - the responder may not be there yet
                await asyncio.sleep(0.2)
                continue
            return HistoryReply.model_validate_json(answer.data)
