"""What does a live Deployment or StatefulSet say of itself?"""

from ironbull_operator.kinds import Object


def is_available(live: Object) -> bool:
    """Tell whether all that is wanted runs, is ready and is of the newest generation."""
    status: Object = live.get("status", {})
    wanted = live["spec"].get("replicas", 1)
    return bool(
        status.get("observedGeneration", 0) >= live["metadata"]["generation"]
        and status.get("updatedReplicas", 0) >= wanted
        and status.get("readyReplicas", 0) >= wanted
        and status.get("replicas", 0) == wanted
    )
