"""How does a member leave? It drains on SIGTERM, and keeps what it needs for that to its end."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from ironbull_operator.desired.leaving import Leaver, leavers
from ironbull_operator.desired.platform import POOL_LABEL
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

    Their Secrets go after them; their journals stay.

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
    for gone in found:
        if not gone.is_there:
            if has_secrets:
                await hands.kube.delete(Ref(SECRET, gone.name, place))
            hands.authority.forget_client(gone.token)
    return [one for one in found if one.is_there]
