"""How do members of a pool come to run? With credentials, and one at a time with a new template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ironbull_operator import applying
from ironbull_operator.desired import rolling
from ironbull_operator.desired.platform import POOL_LABEL
from ironbull_operator.kinds import STATEFUL_SET, Object, Ref
from ironbull_operator.reconcile.finalizing import is_ending
from ironbull_operator.reconcile.hands import Hands
from ironbull_operator.reconcile.live import is_available

_FIXED: Final = ("podManagementPolicy", "serviceName", "selector", "volumeClaimTemplates")
"""What a StatefulSet never changes; with others it is made anew over the pod that runs."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the members of a pool stand after a look.

    Args:
        serving: names of members that are ready.
        waiting: names of members that keep an older template until the others are ready.
    """

    serving: frozenset[str]
    waiting: tuple[str, ...]


async def run(hands: Hands, pool: Ref, wanted: Sequence[Object]) -> Standing:
    """Make the members' sets as they are wanted, as far as it is their turn."""
    marked = [rolling.marked(one) for one in wanted]
    found = await hands.kube.list(STATEFUL_SET, pool.namespace, {POOL_LABEL: pool.name})
    live = {one["metadata"]["name"]: one for one in found}
    turns = rolling.turns(marked, live, _serving(live))
    for one in marked:
        name = one["metadata"]["name"]
        if name in turns.now:
            live[name] = await _make(hands, one, live.get(name))
    return Standing(_serving(live), turns.later)


async def _make(hands: Hands, wanted: Object, live: Object | None) -> Object:
    if live is not None and is_ending(live):
        return live
    if live is not None and not _is_fixed_alike(wanted, live):
        await hands.kube.delete(Ref.of(live), live["metadata"]["uid"], leaves_children=True)
        return {**live, "status": {}}
    return await applying.ensure_over(hands.kube, wanted, live)


def _is_fixed_alike(wanted: Object, live: Object) -> bool:
    return all(applying.holds(wanted["spec"][key], live["spec"].get(key)) for key in _FIXED)


def _serving(live: Mapping[str, Object]) -> frozenset[str]:
    return frozenset(name for name, one in live.items() if is_available(one) and not is_ending(one))
