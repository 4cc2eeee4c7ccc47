"""What does the fleet keep? Members, their leases of exchange accounts, and what was sent to them.

All calls of one store are one transaction, committed when its block ends without an error.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from ironbull_kit.seal import Envelope
from ironbull_messages.base import MAX_ACCOUNTS_PER_MESSAGE
from ironbull_messages.fleet import Beat, Control, HeldAccount, Hello
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.task import CancelTask, OrderTask
from ironbull_messages.words import Environment, VenueType

MAX_ACCOUNTS: Final = MAX_ACCOUNTS_PER_MESSAGE
"""Of one member: a snapshot names no more, and what it does not name is not served."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a pool as it was last heard of; None: never."""

    tenant: str
    token: str
    session_id: UUID | None
    journal_id: UUID | None
    public_key: str | None
    lease_until: datetime | None

    def is_alive(self, now: datetime) -> bool:
        """Say whether its lease still runs."""
        return self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that may take accounts of its pool's feed."""

    token: str
    feed: str
    accounts: int


@dataclass(frozen=True, slots=True)
class FreeAccount:
    """An exchange account that nobody may act for; `holder` is the member that lost it, or None."""

    account_id: ExchangeAccountId
    feed: str
    holder: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """An account and the member that gets it."""

    account: FreeAccount
    token: str


@dataclass(frozen=True, slots=True)
class SealedAccount:
    """A leased account with its credentials as they lie in the database."""

    held: HeldAccount
    venue: VenueType
    environment: Environment
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Unheard:
    """A task whose order is not known to have ended, and who holds its account today."""

    task: OrderTask | CancelTask
    token: str
    epoch: int
    journal_id: UUID
    control_version: int


class FleetStore(Protocol):
    """The fleet's part of the database within one transaction."""

    async def keep_database_epoch(self) -> tuple[str, bool]:
        """Return which life of the database this is, and whether it is another than before."""
        ...

    async def distrust_all(self) -> None:
        """Fence everything that was ever sent: a database set back knows less than the venues."""
        ...

    async def member(self, who: MemberSubject) -> Member | None:
        """Lock and return a member; None: there is none."""
        ...

    async def keep_session(self, who: MemberSubject, hello: Hello) -> None:
        """Keep who the member is from now on."""
        ...

    async def keep_beat(self, who: MemberSubject, beat: Beat, now: datetime) -> None:
        """Keep that the member lives, its load, and its lease."""
        ...

    async def distrust(self, who: MemberSubject) -> None:
        """Fence everything sent under the member's old journal: epochs grow, orders are UNKNOWN."""
        ...

    async def make_due(self, who: MemberSubject) -> None:
        """Let the member's open tasks be sent again at once."""
        ...

    async def hand_back(self, who: MemberSubject, held: Sequence[HeldAccount]) -> int:
        """Free accounts that the member gives up under their current epochs; return how many."""
        ...

    async def candidates(self, tenant: str, now: datetime) -> list[Candidate]:
        """Let one transaction at a time lease a tenant's accounts, and return who takes some."""
        ...

    async def free_accounts(
        self, tenant: str, now: datetime, *, take_over: bool
    ) -> list[FreeAccount]:
        """Lock and return accounts without a member; with `take_over` also those of dead ones.

        Only those that a living member of a pool of their feed has room for: the others must not
        use up the page.
        """
        ...

    async def idle_accounts(self, tenant: str, holders: Mapping[str, int]) -> list[FreeAccount]:
        """Lock and return accounts with nothing in flight, at most so many of each holder."""
        ...

    async def assign(self, tenant: str, assignments: Sequence[Assignment], now: datetime) -> None:
        """Lease accounts anew: epochs grow, snapshots get a version, open tasks are due again."""
        ...

    async def control(self, who: MemberSubject, now: datetime) -> Control:
        """Return the member's newest snapshot."""
        ...

    async def figures(self, now: datetime) -> dict[str, float]:
        """Return how the fleet is: `members_alive`, `accounts_free`, and so on."""
        ...

    async def sealed(self, who: MemberSubject, held: Sequence[HeldAccount]) -> list[SealedAccount]:
        """Return those of the accounts that the member leases under just these epochs."""
        ...

    async def tenants(self) -> list[str]:
        """Return all tenants."""
        ...

    async def tokens(self) -> list[MemberSubject]:
        """Return all members that were not removed."""
        ...

    async def unheard(self, now: datetime, limit: int) -> list[Unheard]:
        """Lock and return tasks that were sent long ago and are not done."""
        ...

    async def send_again(self, tasks: Sequence[OrderTask | CancelTask]) -> None:
        """Keep under which lease each task is sent now, and put it into the outbox."""
        ...


BeginFleet = Callable[[], AbstractAsyncContextManager[FleetStore]]
"""Opens a transaction."""
