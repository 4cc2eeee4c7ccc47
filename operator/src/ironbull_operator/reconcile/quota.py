"""Why is a pod of ours not made? Because its namespace's quota leaves no room for it."""

from typing import Final

from ironbull_operator.desired import room
from ironbull_operator.desired.namespace import BOUNDS, QUOTA
from ironbull_operator.desired.platform import tenant_named
from ironbull_operator.kinds import VOLUME_CLAIM, Object, Ref
from ironbull_operator.kube import Kube

REASON: Final = "QuotaExceeded"


async def shortage(kube: Kube, live: Object) -> str:
    """Return why a Deployment or StatefulSet lacks a pod, and the way out; empty: not for room.

    Nothing is asked while all its pods exist.
    """
    place = live["metadata"]["namespace"]
    if live.get("status", {}).get("replicas", 0) >= live["spec"].get("replicas", 1):
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
