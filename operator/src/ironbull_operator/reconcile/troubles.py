"""What keeps members from starting? Asked of their pods, and of events where pods say nothing."""

from collections.abc import Sequence
from typing import Final

from ironbull_operator.desired.platform import POOL_LABEL
from ironbull_operator.desired.troubles import Trouble, of_events, of_pod
from ironbull_operator.kinds import POD, STATEFUL_SET, Object, Ref
from ironbull_operator.reconcile import quota
from ironbull_operator.reconcile.hands import Hands

MAX_ASKED: Final = 3
"""Members whose events are read in one look."""
_INSTANCE: Final = "app.kubernetes.io/instance"


async def find(hands: Hands, pool: Ref, missing: Sequence[str]) -> Trouble | None:
    """Return the first trouble of members that are not ready; None: none is known.

    Args:
        missing: names of the members, in their order.
    """
    pods = await hands.kube.list(POD, pool.namespace, {POOL_LABEL: pool.name})
    found = {pod["metadata"]["labels"][_INSTANCE]: pod for pod in pods}
    for name in missing:
        pod = found.get(name)
        trouble = None if pod is None else of_pod(name, pod)
        if trouble is not None:
            return trouble
    silent = [name for name in missing if not _runs(found.get(name))]
    for name in silent[:MAX_ASKED]:
        if (trouble := await _of_silent(hands, pool, name, found.get(name))) is not None:
            return trouble
    return None


async def _of_silent(hands: Hands, pool: Ref, name: str, pod: Object | None) -> Trouble | None:
    thing = pod or await hands.kube.get(Ref(STATEFUL_SET, name, pool.namespace))
    if thing is None:
        return None
    if pod is None and (stands := await quota.shortage(hands.kube, thing)):
        return Trouble(name, quota.REASON, f"{name}: {stands}")
    return of_events(name, thing, await hands.kube.events(Ref.of(thing)))


def _runs(pod: Object | None) -> bool:
    return pod is not None and pod.get("status", {}).get("phase") == "Running"
