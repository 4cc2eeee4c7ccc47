"""What does a live Deployment or StatefulSet say of itself?"""

from datetime import datetime, timedelta
from typing import Final

from ironbull_operator.kinds import Object

BRIEF: Final = timedelta(seconds=30)
"""So long an engine may take to start anew before everybody who reads of it is told."""


def is_briefly_away(live: Object, now: datetime) -> bool:
    """Tell whether a Deployment has only just begun to start anew."""
    rows = live.get("status", {}).get("conditions", ())
    since = [row["lastTransitionTime"] for row in rows
             if row["type"] == "Available" and row["status"] == "False"]  # fmt: skip
    return all(now - datetime.fromisoformat(at) < BRIEF for at in since)


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
