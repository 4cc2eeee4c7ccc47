"""Which markets exist, and what makes them reproducible?"""

from dataclasses import dataclass
from importlib import resources

from ironbull_paper.market.bars import BarSource
from ironbull_paper.market.book import SeededBook
from ironbull_paper.market.feed import SymbolFeed
from ironbull_paper.market.generator import GeneratedBars, Temper
from ironbull_paper.market.replay import ReplayBars, read_bars
from ironbull_paper.market.symbols import EURUSDT, SYMBOLS, SymbolSpec

RECORD = "eurusd_1h_2017.csv"
TEMPERS = {
    "BTCUSDT": Temper(start_ticks=80_000, hourly_sigma=0.006, hourly_volume=6_000_000),
    "ETHUSDT": Temper(start_ticks=40_000, hourly_sigma=0.008, hourly_volume=60_000_000),
    "SOLUSDT": Temper(start_ticks=25_000, hourly_sigma=0.010, hourly_volume=50_000_000),
}


@dataclass(frozen=True, slots=True)
class Market:
    """Join a contract, its prices and its book."""

    spec: SymbolSpec
    feed: SymbolFeed
    book: SeededBook


@dataclass(frozen=True, slots=True)
class Universe:
    """Hold all markets and the market time at which trading starts."""

    markets: dict[str, Market]
    start_ms: int


def universe(seed: int, start_index: int, level_notional: float) -> Universe:
    """Return the markets of a seed: the recorded EURUSDT and invented others on its hours.

    Args:
        seed: equal seeds give equal markets.
        start_index: trading starts with this candle of the record; those before are history.
        level_notional: mean size of a book's best level, in USDT.
    """
    text = resources.files("ironbull_paper").joinpath("data", RECORD).read_text("utf-8")
    record = read_bars(text.splitlines(), EURUSDT)
    if not 0 < start_index < len(record):
        raise ValueError(f"start index {start_index} is not within 1 … {len(record) - 1}")
    origin_ms = record[0].open_at
    markets = {}
    for name, spec in SYMBOLS.items():
        source: BarSource = (
            ReplayBars(record)
            if spec is EURUSDT
            else GeneratedBars(name, seed, TEMPERS[name], origin_ms)
        )
        feed = SymbolFeed(name, source, seed)
        markets[name] = Market(spec, feed, SeededBook(spec, feed, seed, level_notional))
    return Universe(markets, record[start_index].open_at)
