"""What a venue says is read from its texts, and refused when it cannot be believed."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from unit.strategies.series import FEED, SYMBOL

from ironbull_app.adapters import venue
from ironbull_app.ports.market import Series, VenueError
from ironbull_messages.words import Timeframe

SERIES = Series(SYMBOL, Timeframe.H1)
OPEN_AT = datetime(2026, 1, 5, 10, tzinfo=UTC)
OPEN_MS = int(OPEN_AT.timestamp() * 1000)
FILTERS = [
    {"filterType": "PRICE_FILTER", "tickSize": "0.10"},
    {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001"},
    {"filterType": "MARKET_LOT_SIZE", "stepSize": "0.01", "minQty": "0.001"},
    {"filterType": "MIN_NOTIONAL", "notional": "5"},
]


def kline(opened_ms: int = OPEN_MS, low: str = "99.1") -> list[Any]:
    return [opened_ms, "100.10", "102.00", low, "101.3", "12.500", opened_ms + 3_599_999, "0"]


def contract(filters: list[dict[str, str]], base: str = "BTC") -> dict[str, Any]:
    return {"baseAsset": base, "quoteAsset": "USDT", "marginAsset": "USDT", "filters": filters}


def test_a_kline_becomes_a_candle_of_exact_amounts() -> None:
    candle = venue._candle(FEED, SERIES, kline())

    assert (candle.open_at, candle.close_at) == (OPEN_AT, OPEN_AT + timedelta(hours=1))
    assert (candle.open, candle.close) == (Decimal("100.10"), Decimal("101.3"))
    assert candle.volume == Decimal("12.500")


@pytest.mark.parametrize(
    "row", [[], "x", None, kline()[:4], kline(low="101.9"), kline(low="-1"), [*kline()[:1], 1.5]]
)
def test_a_row_that_is_no_candle_is_an_error(row: object) -> None:
    with pytest.raises(VenueError):
        venue._candle(FEED, SERIES, row)


@pytest.mark.parametrize("opened", [[1], [0, 0], [3_600_000, 0]])
def test_candles_off_the_grid_repeated_or_backwards_are_an_error(opened: list[int]) -> None:
    candles = [venue._candle(FEED, SERIES, kline(OPEN_MS + one)) for one in opened]

    with pytest.raises(VenueError):
        venue._check(candles, None)


def test_a_candle_before_the_asked_instant_is_an_error() -> None:
    with pytest.raises(VenueError, match="before"):
        venue._check([venue._candle(FEED, SERIES, kline())], OPEN_AT + timedelta(hours=1))


def test_a_hole_of_the_market_is_no_error() -> None:
    opened = (OPEN_MS, OPEN_MS + 49 * 3_600_000)

    venue._check([venue._candle(FEED, SERIES, kline(one)) for one in opened], OPEN_AT)


def test_the_coarser_of_both_lot_filters_counts() -> None:
    instrument = venue._instrument(contract(FILTERS))

    assert instrument is not None
    assert instrument.tick_size == Decimal("0.10")
    assert instrument.step_size == Decimal("0.01")
    assert instrument.min_notional == Decimal(5)


def test_a_contract_without_its_filters_is_an_error_and_a_strange_name_is_passed_over() -> None:
    with pytest.raises(VenueError):
        venue._instrument(contract(FILTERS[:3]))

    assert venue._instrument(contract(FILTERS, base="\u5e01\u5b89")) is None


@pytest.mark.parametrize("field", ["bidPrice", "askPrice", "time"])
def test_a_ticker_without_a_side_or_an_instant_is_an_error(field: str) -> None:
    book = {"bidPrice": "1.0", "askPrice": "1.1", "time": OPEN_MS}
    del book[field]

    with pytest.raises(VenueError):
        venue._price(FEED, SYMBOL, book, {"price": "1.05", "time": OPEN_MS}, OPEN_AT)


def test_an_engine_loads_neither_a_database_driver_nor_a_venues_library() -> None:
    code = (
        "import sys, ironbull_app.processes.engine;"
        "print(sorted({'psycopg', 'sqlalchemy', 'ccxt', 'alembic'} & set(sys.modules)))"
    )

    done = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"


async def test_a_live_feed_is_read_from_the_venues_own_host_and_a_paper_feed_never() -> None:
    for url, host in ((None, "https://fapi.binance.com/"), ("http://paper.test", "http://paper.")):
        market = venue.BinanceVenue("binance-any", url, lambda: OPEN_AT)
        try:
            signed = market._exchange.sign("klines", ["fapiPublic"], "GET", {})
            assert signed["url"].startswith(host)
            assert not market._exchange.isSandboxModeEnabled
        finally:
            await market.close()
