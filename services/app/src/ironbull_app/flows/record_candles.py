"""Keep closed candles: each once, never overwritten, whatever the venue says later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ironbull_app.ports.market import BeginMarket
from ironbull_messages.market import Candle

Key = tuple[str, str, str, datetime]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch.

    Args:
        added: those that are new, in the order given.
        differing: those refused because another candle is stored under their key.
    """

    added: tuple[Candle, ...]
    differing: tuple[Candle, ...]


async def record_candles(begin: BeginMarket, candles: Sequence[Candle]) -> Recorded:
    """Store the new ones of a batch and say which they are."""
    if not candles:
        return Recorded((), ())
    first: dict[Key, Candle] = {}
    for candle in candles:
        first.setdefault(_key(candle), candle)
    async with begin() as store:
        stored = {_key(candle): candle for candle in await store.recorded(list(first.values()))}
        added = tuple(candle for key, candle in first.items() if key not in stored)
        await store.add_candles(added)
    kept = first | stored
    return Recorded(added, tuple(candle for candle in candles if candle != kept[_key(candle)]))


def _key(candle: Candle) -> Key:
    return candle.feed, candle.symbol, candle.timeframe.value, candle.open_at
