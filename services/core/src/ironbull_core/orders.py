"""Which moves may an order make, and what does a result change? The table is data.

Facts (trades, the venue's states) are accepted whatever their epoch, order or time and may correct
a terminal state; claims (never sent, unknown) only from the holder of the current epoch. Each lease
counts its results by `seq`: of a lower one the trades are merged and the state is ignored. A read
that lags ("still open") moves nothing back, and an order that the venue holds was not rejected.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from ironbull_messages.result import CLAIM_STATES
from ironbull_messages.words import OrderState

S = OrderState
MOVES: Final[dict[OrderState, frozenset[OrderState]]] = {
    S.PLANNED: frozenset({S.DISPATCHED, S.DENIED, S.EXPIRED, S.CANCELLED}),
    S.DISPATCHED: frozenset(
        {
            *(S.SUBMITTING, S.OPEN, S.PARTIALLY_FILLED, S.FILLED, S.REJECTED),
            *(S.CANCELLED, S.EXPIRED, S.UNKNOWN, S.NOT_SENT),
        }
    ),
    S.SUBMITTING: frozenset(
        {
            *(S.OPEN, S.PARTIALLY_FILLED, S.FILLED, S.REJECTED),
            *(S.CANCELLED, S.EXPIRED, S.UNKNOWN, S.NOT_SENT),
        }
    ),
    S.OPEN: frozenset(
        {S.PARTIALLY_FILLED, S.FILLED, S.CANCEL_PENDING, S.CANCELLED, S.EXPIRED, S.UNKNOWN}
    ),
    S.PARTIALLY_FILLED: frozenset({S.FILLED, S.CANCEL_PENDING, S.CANCELLED, S.EXPIRED, S.UNKNOWN}),
    S.CANCEL_PENDING: frozenset(
        {S.OPEN, S.PARTIALLY_FILLED, S.FILLED, S.CANCELLED, S.EXPIRED, S.UNKNOWN}
    ),
    S.UNKNOWN: frozenset(
        {S.OPEN, S.PARTIALLY_FILLED, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.NOT_SENT}
    ),
    **{state: frozenset() for state in S if state.is_terminal},
}
NEVER_AT_VENUE: Final = frozenset({S.PLANNED, S.DENIED, S.NOT_SENT, S.REJECTED})
"""States that say the venue does not hold the order: any state a venue tells contradicts them."""


def may_move(state: OrderState, to: OrderState) -> bool:
    """Say whether the table allows the move."""
    return to in MOVES[state]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as it is booked."""

    state: OrderState
    seq: int
    """Of the newest result of this lease whose state was taken; 0: none."""
    epoch: int
    """Of the lease under which its task was sent."""
    filled_quantity: Decimal
    """The venue's cumulative quantity."""
    booked_quantity: Decimal
    """Σ of booked fills."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What a result says about the state; trades are merged apart from it."""

    state: OrderState
    seq: int
    epoch: int
    filled_quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What a result changes."""

    state: OrderState
    seq: int
    filled_quantity: Decimal
    is_correction: bool
    """A fact made a move that the table does not know: alert."""
    is_fenced: bool
    """A claim came from an old epoch and was not believed."""


def merge(order: OrderFacts, said: Reported) -> OrderChange:
    """Return the order's state after a result."""
    filled = max(order.filled_quantity, said.filled_quantity or Decimal(0))
    kept = OrderChange(order.state, order.seq, filled, is_correction=False, is_fenced=False)
    if said.epoch == order.epoch and said.seq <= order.seq:
        return kept
    if said.state in CLAIM_STATES:
        return _claim(order, said, kept)
    return _fact(order, said, kept)


def _fact(order: OrderFacts, said: Reported, kept: OrderChange) -> OrderChange:
    heard = replace(kept, seq=_seq(order, said))
    if order.state is said.state or may_move(order.state, said.state):
        return replace(heard, state=said.state)
    ends = said.state.is_terminal and said.state is not S.REJECTED
    contradicts = ends or order.state in NEVER_AT_VENUE
    if order.state is S.FILLED or not contradicts:
        return heard
    return replace(heard, state=said.state, is_correction=True)


def _claim(order: OrderFacts, said: Reported, kept: OrderChange) -> OrderChange:
    if said.epoch < order.epoch:
        return replace(kept, is_fenced=True)
    state = said.state if may_move(order.state, said.state) else order.state
    return replace(kept, state=state, seq=_seq(order, said))


def _seq(order: OrderFacts, said: Reported) -> int:
    return said.seq if said.epoch == order.epoch else order.seq


def missing_quantity(change: OrderChange, booked: Decimal) -> Decimal:
    """Return what the venue filled and we have no trade for; it must reach 0 or is alerted."""
    return max(change.filled_quantity - booked, Decimal(0))
