"""How does a member leave? It drains on SIGTERM, and keeps what it needs for that to its end."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from ironbull_operator.desired.leaving import Leaver, leavers
from ironbull_operator.desired.platform import POOL_LABEL, tenant_named
from ironbull_operator.kinds import POD, SECRET, STATEFUL_SET, Object, Ref
from ironbull_operator.reconcile.hands import Hands


async def let_go(
    hands: Hands,
    pool: Ref,
    wanted: AbstractSet[str],
    rows: Sequence[Object],
    *,
    has_secrets: bool = True,
) -> list[Leaver]:
    """Let members go that a pool should not have; return those that are still there.

    Who has gone is cut off from NATS, and its Secret goes after it; its journal stays.

    Args:
        wanted: names of the members that stay.
        rows: the members as the pool's status tells them.
        has_secrets: whether those of the gone are ours to delete.
    """
    place, marks = pool.namespace, {POOL_LABEL: pool.name}
    sets = await hands.kube.list(STATEFUL_SET, place, marks)
    if wanted and not leavers(wanted, rows, sets, ()):
        return []
    for one in sets:
        if one["metadata"]["name"] not in wanted:
            await hands.kube.delete(Ref.of(one), one["metadata"]["uid"])
    pods = await hands.kube.list(POD, place, marks)
    found = leavers(wanted, rows, sets, pods)
    gone = [one for one in found if not one.is_there]
    tokens = [one.token for one in gone if one.token is not None]
    if tokens:
        await hands.authority.revoke(tenant_named(place or ""), tokens)
    if has_secrets:
        for leaver in gone:
            await hands.kube.delete(Ref(SECRET, leaver.name, place))
    return [one for one in found if one.is_there]
