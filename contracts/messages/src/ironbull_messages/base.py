"""What do all messages share: frozen, closed, aware instants, bounded names."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

NAME_PATTERN: Final = r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"
MAX_NAME: Final = 40
TOKEN_PATTERN: Final = r"^[a-z2-7]{16}$"  # noqa: S105 - a pattern, not a secret
MAX_TEXT: Final = 512
MAX_TRADES_PER_MESSAGE: Final = 500
MAX_ACCOUNTS_PER_MESSAGE: Final = 1_000


class Message(BaseModel):
    """A closed, frozen document; an unknown field is refused, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    def to_bytes(self) -> bytes:
        """Return the canonical JSON of the message."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(
            f"instant must carry its offset, as in 2026-01-31T12:00:00Z, not {value.isoformat()}"
        )
    return value.astimezone(UTC)


def format_instant(value: datetime) -> str:
    """Write an instant as ISO 8601 in UTC with `Z`, with microseconds only where there are some."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    AfterValidator(_aware),
    PlainSerializer(format_instant, return_type=str, when_used="json"),
]
"""An aware instant, UTC inside, `…Z` on the wire."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=MAX_NAME)]
"""A tenant, strategy, pool or venue name: lower case, digits and hyphens, at most 40 characters."""

Token = Annotated[str, StringConstraints(pattern=TOKEN_PATTERN, max_length=16)]
"""The 16-character id that the platform gives to a member or an engine."""

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
"""A bounded text for people."""

TraceParent = Annotated[
    str, StringConstraints(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
]
"""A W3C trace context header."""

Epoch = Annotated[int, Field(ge=0, le=2**53)]
"""The fencing number of a lease; it only grows."""
