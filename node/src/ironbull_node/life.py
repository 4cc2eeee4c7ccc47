"""What can happen to one task? A pure state machine; its value is what the journal keeps.

    received ──sign──▶ submitting ──answer──▶ working ──▶ collecting ──▶ done
        │                  │  ▲                  ▲
        │              unknown│sign              │found
        ▼                  ▼  │                  │
    unproven ─────────▶ unproven ──proof──▶ absent ──give up──▶ done

An order is signed only from *received* and *absent*: never while an attempt is unproven.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from ironbull_messages.amounts import PositiveAmount, UnsignedAmount
from ironbull_messages.base import Epoch, Message
from ironbull_messages.ids import MAX_ATTEMPTS, client_order_id
from ironbull_messages.refusals import Refusal
from ironbull_messages.result import MAX_EVIDENCE, Evidence, Source, VenueTrade
from ironbull_messages.task import CancelTask, OrderTask
from ironbull_messages.words import OrderState
from ironbull_node.venue.port import (
    NeverSent,
    Outcome,
    Rejected,
    Submitted,
    Unknown,
    VenueOrder,
)

MAX_SAID: Final = 500


class Phase(StrEnum):
    """Where a task is in the node's hands."""

    RECEIVED = "received"
    """Never signed, by nobody."""
    UNPROVEN = "unproven"
    """Something may have been sent; only looking helps."""
    SUBMITTING = "submitting"
    """Signed and journaled; the bytes may have left."""
    ABSENT = "absent"
    """Every attempt so far is proved not to exist at the venue."""
    WORKING = "working"
    """The venue holds the order and it is not ended."""
    COLLECTING = "collecting"
    """The venue's word is final; trades are missing."""
    DONE = "done"


class BrokenLifeError(AssertionError):
    """A step that must never be taken."""


class Life(Message):
    """One task, all that is known of it."""

    task: Annotated[OrderTask | CancelTask, Field(discriminator="kind")]
    phase: Phase
    received_ms: int
    """The venue's clock when the task came."""
    attempt: Annotated[int, Field(ge=0, le=MAX_ATTEMPTS)] = 0
    signed_at_ms: int | None = None
    window_ms: int = 0
    quantity: PositiveAmount | None = None
    """What was signed; a close may be smaller than its task."""
    state: OrderState = OrderState.UNKNOWN
    reason: Refusal | None = None
    venue_code: str | None = None
    client_order_id: str | None = None
    venue_order_id: str | None = None
    filled: UnsignedAmount | None = None
    trades: tuple[VenueTrade, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    seq: int = 0
    others_sent: bool = False
    """Another holder of the account may have sent attempts that are not in this journal."""
    claimed_epoch: Epoch = 0
    """Of journals of older versions; no longer told, since a claim bears the epoch of its task."""

    @property
    def is_closing(self) -> bool:
        """Say whether the order only reduces."""
        return isinstance(self.task, CancelTask) or self.task.reduce_only

    @property
    def missing(self) -> bool:
        """Say whether the venue filled more than the trades that are known."""
        traded = sum((trade.quantity for trade in self.trades), start=0)
        return self.filled is not None and traded < self.filled


def receive(task: OrderTask | CancelTask, received_ms: int, *, is_fresh: bool) -> Life:
    """Begin: a fresh task may be sent, any other must first be looked up."""
    phase = Phase.RECEIVED if is_fresh else Phase.UNPROVEN
    return Life(task=task, phase=phase, received_ms=received_ms)


def restart(life: Life) -> Life:
    """Take up a task from the journal: what was being sent is unproven now."""
    if life.phase is Phase.SUBMITTING:
        return life.model_copy(update={"phase": Phase.UNPROVEN, "state": OrderState.UNKNOWN})
    return life


def readdress(life: Life, task: OrderTask, received_ms: int) -> Life:
    """Take a task up again under a newer lease: in between, another member may have sent it.

    What the venue itself said stays; a claim or an attempt under way is looked up anew.
    """
    if life.phase in {Phase.WORKING, Phase.COLLECTING} or is_fact(life):
        return life.model_copy(update={"task": task})
    return life.model_copy(
        update={
            "task": task,
            "phase": Phase.UNPROVEN,
            "state": OrderState.UNKNOWN,
            "reason": None,
            "received_ms": received_ms,
            "others_sent": True,
        }
    )


def is_fact(life: Life) -> bool:
    """Say whether the task ended by the venue's word, not by the node's."""
    return life.phase is Phase.DONE and life.state is not OrderState.NOT_SENT


def may_sign(life: Life, now: datetime) -> bool:
    """Say whether an attempt may be signed at this machine time."""
    if life.phase not in {Phase.RECEIVED, Phase.ABSENT} or life.attempt >= MAX_ATTEMPTS:
        return False
    return not is_expired(life, now)


def is_expired(life: Life, now: datetime) -> bool:
    """Say whether an opening's validity is over; a close never expires."""
    valid_until = life.task.valid_until if isinstance(life.task, OrderTask) else None
    return valid_until is not None and now >= valid_until


def sign(life: Life, signed_at_ms: int, window_ms: int, quantity: PositiveAmount) -> Life:
    """Begin the next attempt; the caller journals it before any byte leaves."""
    if life.phase not in {Phase.RECEIVED, Phase.ABSENT} or life.attempt >= MAX_ATTEMPTS:
        raise BrokenLifeError(f"signing {life.task.task_id} in {life.phase}, {life.attempt} sent")
    attempt = life.attempt + 1
    return life.model_copy(
        update={
            "phase": Phase.SUBMITTING,
            "attempt": attempt,
            "signed_at_ms": signed_at_ms,
            "window_ms": window_ms,
            "quantity": quantity,
            "client_order_id": client_order_id(life.task.task_id, attempt),
            "state": OrderState.SUBMITTING,
            "reason": None,
            "venue_code": None,
        }
    )


def answer(life: Life, outcome: Outcome, at: datetime) -> Life:
    """Take the end of a submission into account."""
    if life.phase is not Phase.SUBMITTING:
        raise BrokenLifeError(f"an answer for {life.task.task_id} in {life.phase}")
    match outcome:
        case Submitted(order):
            return see(note(life, at, Source.RESPONSE, f"{order.state.value}"), order)
        case Rejected(code, message, may_retry):
            said = note(life, at, Source.RESPONSE, f"{code} {message}")
            update: dict[str, object] = {"venue_code": code, "reason": Refusal.VENUE_REJECTED}
            if may_retry:
                return said.model_copy(update={**update, "phase": Phase.ABSENT})
            return _end(said.model_copy(update=update), OrderState.REJECTED)
        case NeverSent(why):
            said = note(life, at, Source.LOCAL, f"never sent: {why}")
            return said.model_copy(update={"phase": Phase.ABSENT, "reason": Refusal.NEVER_SENT})
        case Unknown(why):
            said = note(life, at, Source.RESPONSE, f"unknown: {why}")
            return said.model_copy(update={"phase": Phase.UNPROVEN, "state": OrderState.UNKNOWN})


def see(life: Life, order: VenueOrder) -> Life:
    """Take a fact into account: the venue's own word about one of our ids; it always wins."""
    seen = life.model_copy(
        update={
            "state": order.state,
            "reason": Refusal.VENUE_REJECTED if order.state is OrderState.REJECTED else None,
            "client_order_id": order.client_id,
            "venue_order_id": order.venue_order_id,
            "filled": max(order.executed, life.filled or order.executed),
            "attempt": _attempt_of(life, order.client_id),
        }
    )
    return _settle(seen)


def add_trades(life: Life, trades: tuple[VenueTrade, ...]) -> Life:
    """Take trades into account; those that are known stay."""
    known = {trade.venue_trade_id for trade in life.trades}
    fresh = tuple(trade for trade in trades if trade.venue_trade_id not in known)
    return _settle(life.model_copy(update={"trades": life.trades + fresh})) if fresh else life


def prove_absent(life: Life) -> Life:
    """Take a proof into account that no attempt is at the venue."""
    if life.phase is not Phase.UNPROVEN:
        raise BrokenLifeError(f"absence of {life.task.task_id} in {life.phase}")
    return life.model_copy(update={"phase": Phase.ABSENT, "reason": Refusal.PROVED_ABSENT})


def give_up(life: Life, reason: Refusal, code: str | None = None) -> Life:
    """End without an order at the venue; allowed only when none can be there."""
    if life.phase not in {Phase.RECEIVED, Phase.ABSENT}:
        raise BrokenLifeError(f"giving up {life.task.task_id} in {life.phase}")
    update: dict[str, object] = {"reason": reason, "venue_code": code or life.venue_code}
    return _end(life.model_copy(update=update), OrderState.NOT_SENT)


def note(life: Life, at: datetime, source: Source, said: str, client_id: str | None = None) -> Life:
    """Keep a piece of evidence; the newest `MAX_EVIDENCE` stay."""
    row = Evidence(at=at, source=source, client_order_id=client_id, said=said[:MAX_SAID])
    return life.model_copy(update={"evidence": (*life.evidence, row)[-MAX_EVIDENCE:]})


def candidate_ids(life: Life) -> tuple[str, ...]:
    """Return the client ids that may be at the venue: all of them if others may have sent."""
    last = MAX_ATTEMPTS if life.others_sent else life.attempt or MAX_ATTEMPTS
    return tuple(client_order_id(life.task.task_id, number) for number in range(1, last + 1))


def _settle(life: Life) -> Life:
    if not life.state.is_terminal:
        return life.model_copy(update={"phase": Phase.WORKING})
    phase = Phase.COLLECTING if life.missing else Phase.DONE
    return life.model_copy(update={"phase": phase})


def _end(life: Life, state: OrderState) -> Life:
    return life.model_copy(update={"phase": Phase.DONE, "state": state})


def _attempt_of(life: Life, client_id: str) -> int:
    for attempt in range(1, MAX_ATTEMPTS + 1):
        if client_order_id(life.task.task_id, attempt) == client_id:
            return max(attempt, life.attempt)
    raise BrokenLifeError(f"order {client_id} is not of {life.task.task_id}")
