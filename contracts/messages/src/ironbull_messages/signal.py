"""What does a strategy say? An opinion; it names no account, no quantity and no node."""

from typing import Annotated, Literal

from pydantic import Field

from ironbull_messages.amounts import PositiveAmount
from ironbull_messages.base import Instant, Message, Name, Text, TraceParent
from ironbull_messages.ids import SignalId
from ironbull_messages.market import Feed
from ironbull_messages.symbols import Symbol
from ironbull_messages.words import Action, Leg, Timeframe


class Signal(Message):
    """An opinion about a symbol at a candle's close; `id` is derived from the rest."""

    v: Literal[1] = 1
    id: SignalId
    tenant: Name
    strategy: Name
    strategy_version: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    feed: Feed
    symbol: Symbol
    timeframe: Timeframe
    close_at: Instant
    """The candle's close in market time: the signal's `as_of`."""
    action: Action
    leg: Leg
    price: PositiveAmount
    """The candle's close price."""
    stop_loss: PositiveAmount | None = None
    """None: the strategy sets no stop."""
    take_profit: PositiveAmount | None = None
    """None: the strategy sets no target."""
    confidence: Annotated[int, Field(ge=0, le=100)]
    reason: Text
    traceparent: TraceParent | None = None
