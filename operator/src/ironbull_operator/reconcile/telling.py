"""Which Event tells a person that an object's state changed? One per change of its reason."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from ironbull_operator.conditions import Verdict
from ironbull_operator.kinds import EVENT, Object
from ironbull_operator.kube import ConflictError, Kube, KubeError

REPORTER: Final = "ironbull.io/operator"
CLUSTER_PLACE: Final = "default"
"""Where events of objects without a namespace lie."""
MAX_NOTE: Final = 1_024
"""Characters that the API takes."""
MAX_NAME: Final = 220

_log = structlog.get_logger()


async def tell(
    kube: Kube, found: Object, before: Sequence[Object], verdict: Verdict, now: datetime
) -> None:
    """Make an Event when the reason is another one; that it could not be made stops nothing.

    Args:
        found: whose state it is.
        before: its conditions until now.
    """
    wanted = event(found, before, verdict, now)
    if wanted is None:
        return
    try:
        await kube.create(wanted)
    except ConflictError:
        return  # this very change was told already
    except KubeError as error:
        _log.warning("event.not_made", of=found["metadata"]["name"], why=str(error))


def event(
    found: Object, before: Sequence[Object], verdict: Verdict, now: datetime
) -> Object | None:
    """Return the Event of a change; None: nothing changed that a person has to hear of.

    What a new object begins with is told only when somebody has to act.
    """
    last = next((row for row in before if row["type"] == "Ready"), None)
    if last is None and not verdict.is_stalled:
        return None
    if last is not None and last["reason"] == verdict.reason:
        return None
    metadata = found["metadata"]
    stamp = now.astimezone(UTC)
    place = metadata.get("namespace", CLUSTER_PLACE)
    regarding = {
        "apiVersion": found["apiVersion"],
        "kind": found["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "resourceVersion": metadata.get("resourceVersion", ""),
    }
    if "namespace" in metadata:
        regarding["namespace"] = metadata["namespace"]
    return {
        "apiVersion": EVENT.api_version,
        "kind": EVENT.name,
        "metadata": {"name": _name(metadata, last, verdict), "namespace": place},
        "eventTime": stamp.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "reportingController": REPORTER,
        "reportingInstance": REPORTER,
        "action": "Reconcile",
        "type": "Warning" if verdict.is_stalled else "Normal",
        "reason": verdict.reason,
        "note": (verdict.message or verdict.reason)[:MAX_NOTE],
        "regarding": regarding,
    }


def _name(metadata: Object, last: Object | None, verdict: Verdict) -> str:
    """Return the same name for the same change, so that it is told once by whoever leads."""
    since = "" if last is None else f"{last['reason']} {last['lastTransitionTime']}"
    version = metadata.get("resourceVersion", "")
    cause = f"{metadata['uid']} {version} {since} {verdict.reason}"
    digest = hashlib.sha256(cause.encode()).hexdigest()[:16]
    return f"{metadata['name'][:MAX_NAME]}.{digest}"
