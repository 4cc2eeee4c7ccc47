"""The business on one page: what a signal becomes, and what a closed trade costs and pays.

`decide`: admit → size → risk → plan. `account_for`: charge → pool → commissions. Both are pure; a
shell loads the facts under locks and writes what comes out in one commit.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ironbull_core import planning, risk
from ironbull_core.accounting import Accounting, account_for
from ironbull_core.admission import CLOSING, admit, admit_signal
from ironbull_core.facts import (
    Candidate,
    Decision,
    Market,
    PlannedOrder,
    Refused,
    SignalFacts,
    StrategyFacts,
)
from ironbull_core.refusing import No, no
from ironbull_core.sizing import size
from ironbull_messages.ids import OrderId, SubscriptionId
from ironbull_messages.refusals import Refusal

__all__ = ["Accounting", "account_for", "decide"]
NOBODY: Final = SubscriptionId(UUID(int=0))


def decide(
    signal: SignalFacts,
    strategy: StrategyFacts,
    candidates: Sequence[Candidate],
    market: Market,
    *,
    tenant_is_active: bool,
) -> Decision:
    """Return the orders a signal makes and every refusal with its numbers."""
    refusal = admit_signal(signal, strategy, market, tenant_is_active=tenant_is_active)
    if refusal is not None:
        return Decision(_refused(NOBODY, refusal))
    planned: list[PlannedOrder] = []
    refused: list[Refused] = []
    cancelled: list[OrderId] = []
    for candidate in candidates:
        found, given_way = _follow(signal, strategy, candidate, market)
        cancelled.extend(given_way)
        if isinstance(found, No):
            refused.append(_refused(candidate.subscription.id, found))
        elif found is not None:
            planned.append(found)
    return Decision(None, tuple(planned), tuple(refused), tuple(cancelled))


def _follow(
    signal: SignalFacts, strategy: StrategyFacts, candidate: Candidate, market: Market
) -> tuple[PlannedOrder | No | None, tuple[OrderId, ...]]:
    refusal = admit(signal, candidate)
    if refusal is not None:
        return refusal, ()
    if signal.action in CLOSING:
        return planning.plan_close(signal, candidate)
    if market.instrument is None or market.price is None:
        return no(Refusal.STALE_PRICE), ()
    sized = size(signal, strategy.sizing, candidate.subscription, market.instrument, market.price)
    if isinstance(sized, No):
        return sized, ()
    opening = risk.Opening(signal.symbol, sized.quantity * market.price, market.now)
    violated = risk.check(opening, candidate.account, strategy.risk)
    if violated is not None:
        return violated, ()
    return planning.plan_open(signal, candidate, sized), ()


def _refused(subscription: SubscriptionId, why: No) -> Refused:
    return Refused(subscription, why.code.value, why.numbers)
