"""May this signal, and may this subscription, act at all? Nobody is kept in by what he owes."""

from dataclasses import dataclass
from typing import Final

from ironbull_core import schedule
from ironbull_core.facts import (
    Candidate,
    HeldPosition,
    LiveOrder,
    Market,
    SignalFacts,
    StrategyFacts,
)
from ironbull_core.refusing import No, no
from ironbull_messages.refusals import Refusal
from ironbull_messages.words import Action, OrderState

CLOSING: Final = frozenset({Action.CLOSE, Action.REDUCE})


def admit_signal(
    signal: SignalFacts, strategy: StrategyFacts, market: Market, *, tenant_is_active: bool
) -> No | None:
    """Say why the whole signal is refused; None: it is admitted.

    A close does not expire: it concerns whatever was opened before its candle closed, however late
    it comes.
    """
    if signal.action in CLOSING:
        return None
    if market.now > signal.valid_until:
        return no(Refusal.SIGNAL_EXPIRED, valid_until=signal.valid_until, now=market.now)
    if market.instrument is None or signal.symbol not in strategy.symbols:
        return no(Refusal.SYMBOL_UNKNOWN, symbol=signal.symbol)
    if not tenant_is_active:
        return no(Refusal.TENANT_SUSPENDED)
    if strategy.is_tripped:
        return no(Refusal.KILL_SWITCH, scope="strategy")
    if not strategy.is_running:
        return no(Refusal.STRATEGY_NOT_RUNNING)
    if (closed := schedule.check(strategy.schedule, market.now)) is not None:
        return closed
    if signal.confidence < strategy.risk.min_confidence:
        least = strategy.risk.min_confidence
        return no(Refusal.LOW_CONFIDENCE, confidence=signal.confidence, minimum=least)
    return _cool_down(signal, strategy)


def admit(signal: SignalFacts, candidate: Candidate) -> No | None:
    """Say why this subscription does not follow; None: it may."""
    if signal.action in CLOSING:
        return _admit_close(signal, candidate)
    return _admit_open(signal, candidate)


@dataclass(frozen=True, slots=True)
class Concerned:
    """What a close of one leg is about: whatever was there before its candle closed."""

    held: HeldPosition | None
    openings: tuple[LiveOrder, ...]
    """The subscription's own, not finished."""
    is_closing: bool
    """A close of this leg is under way already."""


def concerned(signal: SignalFacts, candidate: Candidate) -> Concerned:
    """Return what a close is about; the other leg and what came later are none of its business."""
    held = candidate.position
    if held is not None and (held.leg is not signal.leg or held.as_of > signal.close_at):
        held = None
    same_leg = [order for order in candidate.live if order.leg is signal.leg]
    openings = tuple(
        order
        for order in same_leg
        if not order.is_closing
        and order.subscription_id == candidate.subscription.id
        and order.as_of <= signal.close_at
    )
    return Concerned(held, openings, any(order.is_closing for order in same_leg))


def _cool_down(signal: SignalFacts, strategy: StrategyFacts) -> No | None:
    seconds = strategy.risk.cool_down_seconds
    if strategy.last_opened_at is None or seconds == 0:
        return None
    since = (signal.close_at - strategy.last_opened_at).total_seconds()
    if 0 <= since < seconds:
        return no(Refusal.COOL_DOWN, seconds=seconds, since=int(since))
    return None


def _admit_close(signal: SignalFacts, candidate: Candidate) -> No | None:
    found = concerned(signal, candidate)
    if found.held is not None and found.held.subscription_id != candidate.subscription.id:
        return no(Refusal.POSITION_OWNED, owner=found.held.subscription_id)
    if any(order.state is OrderState.PLANNED for order in found.openings):
        return None
    if found.is_closing:
        return no(Refusal.CLOSE_IN_FLIGHT)
    if found.held is None and not found.openings:
        return no(Refusal.NO_POSITION, leg=signal.leg.value)
    return None


def _admit_open(signal: SignalFacts, candidate: Candidate) -> No | None:
    subscription, account = candidate.subscription, candidate.account
    if not subscription.is_open:
        return no(Refusal.SUBSCRIPTION_CLOSED)
    if not candidate.user_is_active:
        return no(Refusal.USER_DISABLED)
    if not account.is_ready:
        return no(Refusal.ACCOUNT_NOT_READY)
    if not account.is_assigned:
        return no(Refusal.ACCOUNT_UNASSIGNED)
    if not account.is_online:
        return no(Refusal.NODE_OFFLINE)
    if candidate.points_minor <= 0:
        return no(Refusal.NO_POINTS, points_minor=candidate.points_minor)
    return _owned(signal, candidate)


def _owned(signal: SignalFacts, candidate: Candidate) -> No | None:
    """While not flat, account and instrument belong to one subscription."""
    mine = candidate.subscription.id
    held = candidate.position
    if held is not None and held.subscription_id != mine:
        return no(Refusal.POSITION_OWNED, owner=held.subscription_id)
    if any(order.state is OrderState.UNKNOWN for order in candidate.live):
        return no(Refusal.ORDER_UNKNOWN)
    if any(order.subscription_id != mine for order in candidate.live):
        return no(Refusal.POSITION_OWNED, owner="an order of another subscription")
    if any(not order.is_closing for order in candidate.live):
        return no(Refusal.ORDER_IN_FLIGHT)
    if signal.action is Action.ADD:
        return _owned_to_add(signal, candidate)
    if held is not None and held.leg is signal.leg:
        return no(Refusal.SAME_SIDE_POSITION, leg=signal.leg.value)
    if held is not None and not any(order.is_closing for order in candidate.live):
        # The opposite position must be on its way out; the strategy's own CLOSE precedes its OPEN.
        return no(Refusal.SAME_SIDE_POSITION, leg=held.leg.value)
    return None


def _owned_to_add(signal: SignalFacts, candidate: Candidate) -> No | None:
    held = candidate.position
    if held is None or held.leg is not signal.leg:
        return no(Refusal.NO_POSITION, leg=signal.leg.value)
    if any(order.is_closing for order in candidate.live):
        return no(Refusal.CLOSE_IN_FLIGHT)
    return None
