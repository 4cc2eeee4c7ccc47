"""What the dispatcher needs of the database in one transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ironbull_app.ports.delivery import Routes
from ironbull_core.facts import Candidate, Decision, Market, StrategyFacts
from ironbull_messages.signal import Signal
from ironbull_messages.task import OrderTask


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that is known of one signal; `strategy` None: the tenant has none like it."""

    tenant_is_active: bool
    strategy: StrategyFacts | None
    market: Market
    candidates: tuple[Candidate, ...]
    routes: Routes


class DispatchStore(Protocol):
    """One transaction of the dispatcher."""

    async def claim(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return those that were never handled, and mark them."""
        ...

    async def lock(self, signals: Sequence[Signal]) -> None:
        """Lock the exchange accounts of all subscriptions that may follow, in id order."""
        ...

    async def is_known(self, signal: Signal) -> bool:
        """Say whether the signal was accepted before, under another message id."""
        ...

    async def context(self, signal: Signal) -> Context:
        """Load the facts of one signal, as they are in this transaction."""
        ...

    async def save(self, signal: Signal, decision: Decision, tasks: Sequence[OrderTask]) -> None:
        """Store signal, orders, refusals, tasks and outbox rows."""
        ...


class Dispatching(Protocol):
    """How the dispatcher opens a transaction, and what time it is."""

    def open(self) -> AbstractAsyncContextManager[DispatchStore]:
        """Begin; the end of the block commits."""
        ...

    def now(self) -> datetime:
        """Return machine time."""
        ...
