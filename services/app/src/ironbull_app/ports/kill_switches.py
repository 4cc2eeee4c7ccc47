"""What flows about kill switches need of the database in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from ironbull_messages.refusals import Refusal

SCOPE: Final = "strategy"


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, and why.

    Args:
        by: `staff`, or `document` where a Strategy's `spec.killSwitch` says so.
    """

    by: str
    reason: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class SwitchEvent:
    """One turn of a switch: how it is since then, and by whom."""

    is_tripped: bool
    by: str
    reason: str
    request_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Guarded:
    """A strategy as it is stored, locked.

    Args:
        document_trips: its `spec.killSwitch` is Tripped.
        newest: None: its switch was never tripped.
    """

    uid: str
    generation: int
    document_trips: bool
    newest: SwitchEvent | None

    @property
    def is_tripped(self) -> bool:
        """Tell whether openings are stopped now."""
        return self.newest is not None and self.newest.is_tripped


class KillSwitchStore(Protocol):
    """One transaction of the platform role."""

    async def lock(self, tenant: str, strategy: str) -> Guarded | None:
        """Lock a strategy and return how its switch is; None: the tenant has none of this name."""
        ...

    async def turn(
        self, tenant: str, strategy: str, author: Author, *, is_tripped: bool
    ) -> SwitchEvent:
        """Add a turn to the history; members' snapshots are outdated, and new ones are pushed."""
        ...

    async def stop_openings(self, tenant: str, strategy: str, why: Refusal) -> int:
        """Wait for what is being planned, then cancel openings that were never sent."""
        ...
