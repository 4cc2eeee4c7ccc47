"""What did a node find out? Facts (trades, venue states) and claims (never sent), with evidence.

Facts are accepted whatever their epoch, order or time; claims only from the holder of the current
epoch (design: orders). Of a lower `seq` the trades are merged and the state is ignored.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from ironbull_messages.amounts import Amount, PositiveAmount, UnsignedAmount
from ironbull_messages.base import (
    MAX_TRADES_PER_MESSAGE,
    Epoch,
    Instant,
    Message,
    Name,
    Text,
    Token,
    TraceParent,
)
from ironbull_messages.ids import MAX_ATTEMPTS, ExchangeAccountId, OrderId, TaskId
from ironbull_messages.refusals import Refusal
from ironbull_messages.symbols import Symbol
from ironbull_messages.words import OrderState, Side

MAX_EVIDENCE: Final = 20
VENUE_STATES: Final = frozenset(
    {
        OrderState.OPEN,
        OrderState.PARTIALLY_FILLED,
        OrderState.FILLED,
        OrderState.CANCELLED,
        OrderState.EXPIRED,
        OrderState.REJECTED,
    }
)
"""States that a venue itself tells: facts."""
CLAIM_STATES: Final = frozenset({OrderState.NOT_SENT, OrderState.UNKNOWN, OrderState.SUBMITTING})
"""States that only the lease's holder may claim."""


class Source(StrEnum):
    """Where a piece of evidence comes from."""

    RESPONSE = "response"
    ORDER_BY_CLIENT_ID = "order_by_client_id"
    OPEN_ORDERS = "open_orders"
    ALL_ORDERS = "all_orders"
    OWN_TRADES = "own_trades"
    VENUE_TIME = "venue_time"
    POSITION = "position"
    LOCAL = "local"


class Evidence(Message):
    """One look: when, where, for which client id, and what it said."""

    at: Instant
    source: Source
    client_order_id: str | None = Field(default=None, max_length=36)
    """None: the look was not for one id."""
    said: Text


class VenueTrade(Message):
    """One trade as the venue tells it; `(account, symbol, venue_trade_id)` is unique for ever."""

    venue_trade_id: Annotated[str, Field(min_length=1, max_length=64)]
    venue_order_id: Annotated[str, Field(min_length=1, max_length=64)]
    symbol: Symbol
    side: Side
    quantity: PositiveAmount
    price: PositiveAmount
    fee: Amount
    """In `fee_asset`; a rebate is negative."""
    fee_asset: Annotated[str, Field(min_length=1, max_length=20)]
    fee_usdt: Amount
    """The fee in USDT at the price of the trade."""
    fee_is_estimated: bool = False
    traded_at: Instant
    """The venue's machine time."""


class Result(Message):
    """What is known of one task after one attempt."""

    v: Literal[1] = 1
    task_id: TaskId
    order_id: OrderId
    tenant: Name
    token: Token
    account_id: ExchangeAccountId
    epoch: Epoch
    journal_id: UUID
    attempt: Annotated[int, Field(ge=0, le=MAX_ATTEMPTS)]
    """0: nothing was ever submitted."""
    seq: Annotated[int, Field(ge=1)]
    """Grows with every result of the task, over restarts too."""
    kind: Literal["order", "cancel", "unprocessable"]
    state: OrderState
    reason: Refusal | None = None
    """None: nothing was refused."""
    venue_code: str | None = Field(default=None, max_length=64)
    """The venue's own code; None where it gave none."""
    client_order_id: str | None = Field(default=None, max_length=36)
    venue_order_id: str | None = Field(default=None, max_length=64)
    filled_quantity: UnsignedAmount | None = None
    """The venue's cumulative quantity; None: the venue was not heard."""
    trades: tuple[VenueTrade, ...] = Field(default=(), max_length=MAX_TRADES_PER_MESSAGE)
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=MAX_EVIDENCE)
    at: Instant
    traceparent: TraceParent | None = None

    @model_validator(mode="after")
    def _state_is_reportable(self) -> Self:
        if self.state not in VENUE_STATES | CLAIM_STATES:
            raise ValueError(f"a node cannot report the state {self.state}")
        return self
