"""Who, beside the centre, has a user of its own on NATS?"""

from dataclasses import dataclass
from enum import StrEnum


class ClientKind(StrEnum):
    """What a client is, which decides its rights."""

    ENGINE = "engine"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Client:
    """An engine of a tenant, or a member of one of its pools.

    Args:
        token: the id that the platform gave it; names are not unique.
        name: `<pool>/<index>` of a member.
    """

    kind: ClientKind
    tenant: str
    token: str
    name: str = ""
