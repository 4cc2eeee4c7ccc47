"""How much may be asked of a venue now, and who goes first? Closing is never shut out.

One budget per venue and address, from the venue's limits and its headers; orders count per account.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Final

RESERVED: Final = 0.3
"""The share of a budget that only closing and resolving may use."""
MINUTE_SECONDS: Final = 60.0
MAX_PAUSE_SECONDS: Final = 0.05
DEFAULT_HALT_SECONDS: Final = 30.0
MAX_HALT_SECONDS: Final = 600.0
THROTTLED: Final = frozenset({418, 429})
DEFAULT_WEIGHT: Final = 2_400
DEFAULT_ORDERS: Final = 1_200
WEIGHT_HEADER: Final = "x-mbx-used-weight-1m"


class Priority(IntEnum):
    """Who goes first; the lower the sooner."""

    CLOSE = 0
    RESOLVE = 1
    CANCEL = 2
    OPEN = 3
    TRADES = 4
    """The trades of openings: known a little later, they hold no order back."""
    SYNC = 5

    @property
    def is_reserved_for(self) -> bool:
        """Say whether the reserved share is theirs too."""
        return self <= Priority.RESOLVE


class Budget:
    """Count what was used in the current minute; the venue's own count corrects ours upwards."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = -1
        self._used = 0

    def may_take(self, amount: int, priority: Priority, now: float) -> bool:
        """Say whether this much is free for this priority."""
        self._turn(now)
        share = 1.0 if priority.is_reserved_for else 1.0 - RESERVED
        return self._used + amount <= self.per_minute * share

    def take(self, amount: int, now: float) -> None:
        """Use this much."""
        self._turn(now)
        self._used += amount

    def hear(self, used: int, now: float) -> None:
        """Believe the venue when it counted more than we."""
        self._turn(now)
        self._used = max(self._used, used)

    def _turn(self, now: float) -> None:
        minute = int(now // MINUTE_SECONDS)
        if minute != self._minute:
            self._minute, self._used = minute, 0


class Limiter:
    """Hold requests back until the budget, the venue's halt and those before them allow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        """Seconds of the wall clock: the venue's minutes are those of the clock."""
        self._weight = Budget(DEFAULT_WEIGHT)
        self._orders: dict[str, Budget] = {}
        self._orders_per_minute = DEFAULT_ORDERS
        self._waiting: Counter[Priority] = Counter()
        self._halted_until = 0.0

    def learn(self, weight_per_minute: int, orders_per_minute: int) -> None:
        """Take over the venue's limits."""
        self._weight.per_minute = weight_per_minute
        self._orders_per_minute = orders_per_minute
        for budget in self._orders.values():
            budget.per_minute = orders_per_minute

    def hear(self, status: int, headers: Mapping[str, str]) -> None:
        """Read what an answer says about the budget."""
        named = {name.lower(): value for name, value in headers.items()}
        used = named.get(WEIGHT_HEADER, "")
        if used.isdecimal():
            self._weight.hear(int(used), self._clock())
        if status in THROTTLED:
            after = named.get("retry-after", "")
            seconds = float(after) if after.isdecimal() else DEFAULT_HALT_SECONDS
            self._halted_until = self._clock() + min(seconds, MAX_HALT_SECONDS)

    def is_free(self, priority: Priority, weight: int, account: str) -> bool:
        """Say whether a request may leave now; `account` is empty for what is no order."""
        now = self._clock()
        if priority is not Priority.CLOSE and now < self._halted_until:
            return False
        if any(self._waiting[before] for before in Priority if before < priority):
            return False
        if account and not self._of(account).may_take(1, priority, now):
            return False
        return self._weight.may_take(weight, priority, now)

    async def admit(self, priority: Priority, weight: int, account: str = "") -> None:
        """Wait for the turn and use the budget.

        The caller bounds the wait: an opening by its validity, a look-up by its timeout.
        """
        self._waiting[priority] += 1
        try:
            while not self.is_free(priority, weight, account):  # noqa: ASYNC110 - time frees it
                await asyncio.sleep(MAX_PAUSE_SECONDS)
        finally:
            self._waiting[priority] -= 1
        now = self._clock()
        self._weight.take(weight, now)
        if account:
            self._of(account).take(1, now)

    def _of(self, account: str) -> Budget:
        return self._orders.setdefault(account, Budget(self._orders_per_minute))
