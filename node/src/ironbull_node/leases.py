"""What may a member sign now? Accounts by epoch, a lease by beats, switches by the newest snapshot.

The lease counts from the instant the answered beat was *sent*, on the member's monotonic clock, so
that a slow answer or a stepped wall clock never makes it longer than the centre believes.
"""

from collections.abc import Callable
from typing import Final, assert_never

from ironbull_messages.fleet import Control, HeldAccount, Kill
from ironbull_messages.ids import ExchangeAccountId, StrategyName
from ironbull_messages.refusals import Refusal

SKEW_SECONDS: Final = 1.0
SAFETY_SECONDS: Final = 1.0
OPENING_SECONDS: Final = 3.0
"""A member that loses its beats stops opening this much before it stops closing."""


class Leases:
    """The member's right to act; nothing in here waits or asks."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends_at = float("-inf")
        self._control: Control | None = None
        self._epochs: dict[ExchangeAccountId, int] = {}
        self._returning: set[ExchangeAccountId] = set()
        self.is_draining = False

    @property
    def version(self) -> int:
        """Return the version of the newest snapshot; −1: none came yet."""
        return -1 if self._control is None else self._control.version

    @property
    def seconds_left(self) -> float:
        """Return how long the lease is good; below zero: it is over."""
        return self._ends_at - self._monotonic()

    def extend(self, sent_at: float, lease_seconds: float) -> None:
        """Take an accepted beat into account."""
        self._ends_at = max(self._ends_at, sent_at + lease_seconds)

    def take(self, control: Control) -> bool:
        """Take a snapshot over; False: an older one, which changes nothing."""
        if control.version < self.version:
            return False
        self._control = control
        self._epochs = {held.account_id: held.epoch for held in control.accounts}
        self._returning = set(control.hand_back) & set(self._epochs)
        return True

    def held(self) -> tuple[HeldAccount, ...]:
        """Return the accounts of the newest snapshot."""
        return tuple(HeldAccount(account_id=a, epoch=e) for a, e in self._epochs.items())

    def returning(self) -> tuple[HeldAccount, ...]:
        """Return the accounts that the centre wants back; all of them when draining."""
        held = self.held()
        return (
            held if self.is_draining else tuple(h for h in held if h.account_id in self._returning)
        )

    def epoch(self, account_id: ExchangeAccountId) -> int | None:
        """Return the epoch under which an account is held; None: it is not."""
        return self._epochs.get(account_id)

    def refuses(
        self, account_id: ExchangeAccountId, epoch: int, window_seconds: float, *, closing: bool
    ) -> Refusal | None:
        """Say why nothing may be signed now; None: it may, if no kill switch stops it."""
        if self._epochs.get(account_id) != epoch:
            return Refusal.EPOCH_STALE
        if self.is_draining or account_id in self._returning:
            return Refusal.LEASE_ENDING
        needed = window_seconds + SKEW_SECONDS + SAFETY_SECONDS
        if self.seconds_left <= needed + (0.0 if closing else OPENING_SECONDS):
            return Refusal.LEASE_ENDING
        return None

    def is_killed(self, account_id: ExchangeAccountId, strategy: StrategyName | None) -> bool:
        """Tell whether a kill switch stops openings of an account for a strategy.

        Args:
            strategy: None: the task does not say, so that any strategy's switch may mean it.
        """
        kills = () if self._control is None else self._control.kills
        return any(_covers(kill, account_id, strategy) for kill in kills)


def _covers(kill: Kill, account_id: ExchangeAccountId, strategy: StrategyName | None) -> bool:
    match kill.scope:
        case "platform" | "tenant":
            return True
        case "strategy":
            return strategy is None or kill.strategy in {None, strategy}
        case "account":
            return kill.account_id in {None, account_id}
        case _ as scope:
            assert_never(scope)
