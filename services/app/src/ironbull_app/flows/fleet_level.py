"""Does one member hold many accounts and another few? Idle ones move, a few at a time.

An account moves at once, without being asked back, because nothing of it is in flight: under its
lock no order of it is open and no task unanswered, so its old holder has nothing left to sign. One
that is busy stays for a later pass.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ironbull_app.flows.fleet_assign import choose
from ironbull_app.ports.fleet import BeginFleet, Candidate

MAX_MOVED: Final = 50
"""Accounts of a tenant per pass: a new holder asks for keys and reads each at its venue."""
TOLERANCE: Final = 1
"""Members that differ by no more are level."""


async def level(begin: BeginFleet, tenant: str, now: datetime) -> frozenset[str]:
    """Move idle accounts to members with fewer; return whose snapshots have changed."""
    async with begin() as store:
        candidates = await store.candidates(tenant, now)
        surplus = find_surplus(candidates)
        if not surplus:
            return frozenset()
        idle = await store.idle_accounts(tenant, surplus)
        given = Counter(one.holder for one in idle)
        left = [replace(one, accounts=one.accounts - given[one.token]) for one in candidates]
        moved = [one for one in choose(idle, left) if one.token != one.account.holder]
        await store.assign(tenant, moved, now)
    return frozenset(
        token for one in moved for token in (one.token, one.account.holder) if token is not None
    )


def find_surplus(candidates: Sequence[Candidate]) -> Mapping[str, int]:
    """Return how many accounts each member should give away now, at most `MAX_MOVED` in all."""
    loads = {one.token: one.accounts for one in candidates}
    feeds: dict[str, list[str]] = {}
    for one in candidates:
        feeds.setdefault(one.feed, []).append(one.token)
    surplus: Counter[str] = Counter()
    for tokens in feeds.values():
        while surplus.total() < MAX_MOVED:
            most = max(tokens, key=lambda token: (loads[token], token))
            fewest = min(tokens, key=lambda token: (loads[token], token))
            if loads[most] - loads[fewest] <= TOLERANCE:
                break
            loads[most] -= 1
            loads[fewest] += 1
            surplus[most] += 1
    return surplus
