"""What is known of a pool before its members are looked after?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ironbull_messages.resources import ExecutionNodeSpec, Venue
from ironbull_operator.desired.pool import Member
from ironbull_operator.kinds import Object, Ref


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool as its document and the platform tell it.

    Args:
        found: the document, as it lives.
        members: that it should have, by index.
    """

    ref: Ref
    found: Object
    tenant: str
    spec: ExecutionNodeSpec
    venue: Venue
    members: Sequence[Member]

    @property
    def rows(self) -> Sequence[Object]:
        """The members as the status told them last."""
        rows: Sequence[Object] = self.found.get("status", {}).get("members", [])
        return rows

    @property
    def names(self) -> frozenset[str]:
        """The names of the members that it should have."""
        return frozenset(one.name for one in self.members)


def told(pool: Pool, ready: frozenset[str], leaving: Sequence[Object]) -> dict[str, Any]:
    """Return what a status tells of members, also of those that leave: NATS lets in whom it names.

    Args:
        ready: names of the members that serve.
        leaving: rows of those that leave.
    """
    rows = [
        {"name": one.name, "token": one.token, "isReady": one.name in ready} for one in pool.members
    ]
    return {
        "replicas": len(rows),
        "readyReplicas": sum(row["isReady"] is True for row in rows),
        "members": [*rows, *leaving],
    }
