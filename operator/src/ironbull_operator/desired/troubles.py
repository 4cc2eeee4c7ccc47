"""What keeps a member from starting, in the cluster's own words, and what is the way out? Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ironbull_operator.kinds import Object

MAX_SAID: Final = 400
_WORD: Final = re.compile(r"^[A-Z][A-Za-z0-9]{0,62}$")
_ON_ITS_WAY: Final = frozenset({"ContainerCreating", "PodInitializing"})
_IMAGE: Final = "correct spec.image, or let the cluster's nodes reach the registry"
_WAYS_OUT: Final[Mapping[str, str]] = {
    "ErrImagePull": _IMAGE,
    "ImagePullBackOff": _IMAGE,
    "InvalidImageName": _IMAGE,
    "ErrImageNeverPull": _IMAGE,
    "Unschedulable": "give the cluster room for it, or ask for less in spec.resources",
    "QuotaExceeded": "ask for less (spec.replicas, spec.resources), or raise the quota",
}
_VOLUME: Final = "name a StorageClass that exists in spec.storage.className, or give it room"
_LOOK: Final = "look with `kubectl describe pod {pod} --namespace={place}`"
_LOGS: Final = "read `kubectl logs {pod} --namespace={place} --previous`"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a member does not start.

    Args:
        reason: the cluster's own word.
        message: the cluster's own words and the way out.
    """

    member: str
    reason: str
    message: str


def of_pod(member: str, pod: Object) -> Trouble | None:
    """Return what a pod says of itself; None: it says nothing bad."""
    for row in pod.get("status", {}).get("conditions", ()):
        if row["type"] == "PodScheduled" and row["status"] == "False":
            return _trouble(member, pod, row.get("reason", ""), row.get("message", ""))
    for row in pod.get("status", {}).get("containerStatuses", ()):
        waiting: Object = row.get("state", {}).get("waiting", {})
        if waiting and waiting.get("reason") not in _ON_ITS_WAY:
            said = f"{waiting.get('message', '')} {_last_words(row)}".strip()
            return _trouble(member, pod, waiting.get("reason", ""), said)
    return None


def of_events(member: str, thing: Object, events: Sequence[Object]) -> Trouble | None:
    """Return what the newest warning about a member's set or pod says; None: there is none.

    Args:
        thing: the set or the pod.
        events: that name it.
    """
    uid = thing["metadata"].get("uid")
    warnings = [
        one
        for one in events
        if one.get("type") == "Warning" and one.get("regarding", {}).get("uid") == uid
    ]
    if not warnings:
        return None
    newest = max(warnings, key=_told_at)
    said = str(newest.get("note", ""))
    reason = "QuotaExceeded" if "exceeded quota" in said else str(newest.get("reason", ""))
    return _trouble(member, thing, reason, said)


def _last_words(container: Object) -> str:
    ended: Object = container.get("lastState", {}).get("terminated", {})
    if not ended:
        return ""
    words = f"(it ended with {ended.get('exitCode')}: {ended.get('reason', '')})"
    return f"{words} {ended.get('message', '')}".strip()


def _trouble(member: str, thing: Object, reason: str, said: str) -> Trouble:
    place, name = thing["metadata"].get("namespace", ""), thing["metadata"]["name"]
    out = _WAYS_OUT.get(reason, _LOGS if reason == "CrashLoopBackOff" else _LOOK)
    if "PersistentVolumeClaim" in said or "persistentvolumeclaim" in said:
        out = out if reason == "QuotaExceeded" else _VOLUME
    pod = name if thing["kind"] == "Pod" else f"{name}-0"
    out = out.format(pod=pod, place=place)
    message = f"{reason}: {' '.join(said.split())[:MAX_SAID]}; {out}"
    word = reason if _WORD.match(reason) else "MembersStarting"
    return Trouble(member, word, f"{member}: {message}")


def _told_at(event: Object) -> str:
    """Return when it was told last, as ISO 8601 in UTC, which sorts as text."""
    series: Object = event.get("series") or {}
    told = (event.get("deprecatedLastTimestamp"), event.get("eventTime"))
    return max((str(one) for one in (series.get("lastObservedTime"), *told) if one), default="")
