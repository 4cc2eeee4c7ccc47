"""How much of NATS may a tenant's engines and members take?"""

from typing import Annotated

from pydantic import Field

from ironbull_messages.resources.parts import Spec


class Messaging(Spec):
    """What all engines and members of the tenant may take of NATS together; its servers keep it."""

    connections: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Connections at the same time, at most. Left out: three for each engine and each member, so
    that one that starts anew need not wait for what is left of its last connection."""
    payload_bytes: Annotated[int, Field(ge=65_536, le=8_388_608)] | None = None
    """Size of one message. Left out: what the servers take."""
    subscriptions: Annotated[int, Field(ge=100, le=1_000_000)] | None = None
    """Subjects listened to at the same time. Left out: unbounded."""
