"""What does sync keep? Balances and positions as venues tell them, beside what we believe.

All calls of one store are one transaction, committed when its block ends without an error.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ironbull_core.ledger import Request
from ironbull_messages.fleet import AccountReport, HeldAccount
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import Leg


@dataclass(frozen=True, slots=True)
class SyncedAccount:
    """An account that a report may speak about."""

    account_id: ExchangeAccountId
    state: str
    was_read: bool
    """Whether any reading succeeded before; the first books the opening balance."""


@dataclass(frozen=True, slots=True)
class OwnPosition:
    """What we believe of an instrument; `is_moving` while an order of it may still change it."""

    account_id: ExchangeAccountId
    symbol: str
    leg: Leg | None
    """None: flat, but an order is moving."""
    quantity: Decimal
    is_moving: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """An instrument on which a venue and we disagree; quantities below zero are short."""

    account_id: ExchangeAccountId
    symbol: str
    ours: Decimal
    theirs: Decimal


class SyncStore(Protocol):
    """Sync's part of the database within one transaction."""

    async def leased(
        self, who: MemberSubject, held: Sequence[HeldAccount]
    ) -> dict[ExchangeAccountId, SyncedAccount]:
        """Lock, in id order, and return the accounts that the member leases under these epochs."""
        ...

    async def keep_reading(self, tenant: str, report: AccountReport) -> None:
        """Keep balances and positions of a successful reading; the account is ready."""
        ...

    async def keep_failure(self, tenant: str, report: AccountReport, *, is_final: bool) -> None:
        """Keep why a reading failed; `is_final` ends the check of a new account."""
        ...

    async def own_positions(
        self, tenant: str, accounts: Sequence[ExchangeAccountId], now: datetime
    ) -> list[OwnPosition]:
        """Return our open positions and the instruments on which orders are still moving."""
        ...

    async def keep_differences(
        self,
        tenant: str,
        accounts: Sequence[ExchangeAccountId],
        differences: Sequence[Difference],
        now: datetime,
    ) -> None:
        """Count each difference's agreeing readings in a row; forget those that are gone."""
        ...

    async def trust(
        self, tenant: str, accounts: Sequence[ExchangeAccountId], now: datetime
    ) -> None:
        """Trust accounts again, of which a database that was set back may have forgotten orders."""
        ...

    async def post(self, requests: Sequence[Request], now: datetime) -> None:
        """Post ledger transactions once for ever."""
        ...

    async def ask_due(self, now: datetime) -> int:
        """Ask for readings of accounts whose last one is old; return how many."""
        ...


BeginSync = Callable[[], AbstractAsyncContextManager[SyncStore]]
"""Opens a transaction."""
