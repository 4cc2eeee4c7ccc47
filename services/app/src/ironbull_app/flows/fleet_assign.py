"""Which member acts for which account? The least loaded living one of a pool at its venue."""

from collections.abc import Sequence
from datetime import datetime

from ironbull_app.ports.fleet import (
    MAX_ACCOUNTS,
    Assignment,
    BeginFleet,
    Candidate,
    FleetStore,
    FreeAccount,
)


async def reassign(
    begin: BeginFleet, tenant: str, now: datetime, *, take_over: bool
) -> frozenset[str]:
    """Lease a tenant's free accounts; return the members whose snapshots have changed."""
    async with begin() as store:
        return await assign_free(store, tenant, now, take_over=take_over)


async def assign_free(
    store: FleetStore, tenant: str, now: datetime, *, take_over: bool
) -> frozenset[str]:
    """Lease free accounts within a running transaction; return whose snapshots have changed."""
    free = await store.free_accounts(tenant, now, take_over=take_over)
    if not free:
        return frozenset()
    chosen = choose(free, await store.candidates(tenant, now))
    await store.assign(tenant, chosen, now)
    losers = {one.account.holder for one in chosen if one.account.holder is not None}
    return frozenset(losers | {one.token for one in chosen})


def choose(free: Sequence[FreeAccount], candidates: Sequence[Candidate]) -> list[Assignment]:
    """Spread accounts over members, the least loaded first; without room they stay as they are."""
    loads = {one.token: one.accounts for one in candidates}
    chosen = []
    for account in sorted(free, key=lambda one: one.account_id):
        able = [
            one.token
            for one in candidates
            if one.feed == account.feed and loads[one.token] < MAX_ACCOUNTS
        ]
        if not able:
            continue
        token = min(able, key=lambda one: (loads[one], one))
        loads[token] += 1
        chosen.append(Assignment(account, token))
    return chosen
