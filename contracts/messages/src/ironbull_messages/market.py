"""What does the market tell? Candles, prices, past candles on request; all in market time."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from ironbull_messages.amounts import PositiveAmount, UnsignedAmount
from ironbull_messages.base import Instant, Message
from ironbull_messages.symbols import Symbol
from ironbull_messages.words import Timeframe

MAX_HISTORY: Final = 1_500
Feed = Annotated[str, Field(pattern=r"^[a-z0-9]+-(paper|live)$", max_length=40)]
"""The platform's feed id: venue type and environment, as `binance-paper`."""


class Candle(Message):
    """A closed candle. `[open_at, close_at)`; prices in quote currency, volume in base currency."""

    v: Literal[1] = 1
    feed: Feed
    symbol: Symbol
    timeframe: Timeframe
    open_at: Instant
    close_at: Instant
    open: PositiveAmount
    high: PositiveAmount
    low: PositiveAmount
    close: PositiveAmount
    volume: UnsignedAmount

    @model_validator(mode="after")
    def _is_a_candle(self) -> Self:
        if self.close_at - self.open_at != self.timeframe.duration:
            raise ValueError(f"candle of {self.timeframe} lasts {self.close_at - self.open_at}")
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise ValueError(f"low {self.low} and high {self.high} do not enclose open and close")
        return self


class Price(Message):
    """The venue's last, bid and ask at one instant of market time; `at` is the machine's."""

    v: Literal[1] = 1
    feed: Feed
    symbol: Symbol
    bid: PositiveAmount
    ask: PositiveAmount
    last: PositiveAmount
    as_of: Instant
    at: Instant


class HistoryRequest(Message):
    """Ask for the newest `limit` closed candles, or those that close after `after`."""

    v: Literal[1] = 1
    limit: Annotated[int, Field(ge=1, le=MAX_HISTORY)]
    after: Instant | None = None
    """None: the newest ones."""


class HistoryReply(Message):
    """Candles, oldest first, without a gap the venue did not have."""

    v: Literal[1] = 1
    tick_size: PositiveAmount
    """The instrument's smallest price step: strategies round to it."""
    candles: tuple[Candle, ...] = Field(max_length=MAX_HISTORY)
