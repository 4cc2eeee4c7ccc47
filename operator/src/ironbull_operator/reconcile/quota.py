"""Why is a pod of ours not made? Because its namespace's quota leaves no room for it."""

from typing import Final

from ironbull_messages.resources import TENANT_LABEL
from ironbull_operator.desired import room
from ironbull_operator.desired.namespace import BOUNDS, QUOTA
from ironbull_operator.desired.platform import tenant_named
from ironbull_operator.kinds import DEPLOYMENT, STATEFUL_SET, VOLUME_CLAIM, Object, Ref
from ironbull_operator.kube import Kube

REASON: Final = "QuotaExceeded"
ROOM: Final = "ironbull.io/room-changed"
"""Annotation with the version of the quota that was changed last."""


async def shortage(kube: Kube, live: Object) -> str:
    """Return why a Deployment or StatefulSet lacks a pod, and the way out; empty: not for room.

    Nothing is asked while all its pods exist.
    """
    place = live["metadata"]["namespace"]
    if not _lacks(live):
        return ""
    quota = await kube.get(Ref(QUOTA, BOUNDS, place))
    if quota is None:
        return ""
    needs = room.of_a_pod(live["spec"]["template"])
    for claim in live["spec"].get("volumeClaimTemplates", ()):
        name = f"{claim['metadata']['name']}-{live['metadata']['name']}-0"
        if await kube.get(Ref(VOLUME_CLAIM, name, place)) is None:
            needs = {**needs, **room.of_a_volume(claim)}
    return room.shortage(quota, needs, tenant_named(place))


async def nudge(kube: Kube, changed: Object) -> None:
    """Have the cluster try again at once to make pods that found no room.

    Its controllers wait up to a quarter of an hour after many refusals, and no quota wakes them;
    a change of what they look after does.
    """
    metadata = changed["metadata"]
    mark = {"metadata": {"annotations": {ROOM: metadata["resourceVersion"]}}}
    tenant = {TENANT_LABEL: tenant_named(metadata["namespace"])}
    for kind in (DEPLOYMENT, STATEFUL_SET):
        for live in await kube.list(kind, metadata["namespace"], tenant):
            if _lacks(live):
                await kube.merge(Ref.of(live), mark)


def _lacks(live: Object) -> bool:
    has, wanted = live.get("status", {}).get("replicas", 0), live["spec"].get("replicas", 1)
    return int(has) < int(wanted)
