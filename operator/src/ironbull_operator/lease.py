"""How does the operator's Lease read and write what the election needs?"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from ironbull_operator import election
from ironbull_operator.election import DURATION, Hold
from ironbull_operator.kinds import LEASE, Object, Ref
from ironbull_operator.kube import ConflictError, Kube, KubeError

NAME: Final = "ironbull-operator"


class KubeLease:
    """The Lease object of one operator.

    Args:
        now: written for people; the election itself compares no clocks.
    """

    def __init__(self, kube: Kube, namespace: str, now: Callable[[], datetime]) -> None:
        self._kube = kube
        self._ref = Ref(LEASE, NAME, namespace)
        self._now = now

    async def read(self) -> Hold | None:
        """Return what it says; None: it does not exist."""
        try:
            found = await self._kube.get(self._ref)
        except KubeError as error:
            raise election.AwayError(str(error)) from error
        return None if found is None else _hold(found)

    async def write(self, holder: str, transitions: int, version: str | None) -> Hold:
        """Write it, provided that nobody wrote since `version`; None creates it."""
        thing = self._object(holder, transitions)
        try:
            if version is None:
                return _hold(await self._kube.create(thing))
            thing["metadata"]["resourceVersion"] = version
            return _hold(await self._kube.replace(thing))
        except ConflictError as error:
            raise election.ConflictError(str(error)) from error
        except KubeError as error:
            # An API server that starts refuses what it allows a moment later.
            raise election.AwayError(str(error)) from error

    def _object(self, holder: str, transitions: int) -> Object:
        at = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.name,
            "metadata": {"name": self._ref.name, "namespace": self._ref.namespace},
            "spec": {
                "holderIdentity": holder,
                "leaseDurationSeconds": int(DURATION.total_seconds()) if holder else 1,
                "renewTime": at,
                "leaseTransitions": transitions,
            },
        }


def _hold(found: Object) -> Hold:
    spec = found.get("spec", {})
    return Hold(
        holder=spec.get("holderIdentity") or "",
        renewals=spec.get("renewTime") or "",
        transitions=spec.get("leaseTransitions") or 0,
        version=found["metadata"]["resourceVersion"],
    )
