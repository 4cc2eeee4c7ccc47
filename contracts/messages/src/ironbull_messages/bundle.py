"""With what does a member start on a machine of somebody else's? One file holds all of it."""

from typing import Annotated, Final, Literal

from pydantic import Field

from ironbull_messages.base import Message, Name, Token
from ironbull_messages.words import VenueType

BUNDLE_FILE: Final = "bundle.json"


class Bundle(Message):
    """One member: who it is, where the platform answers, with what it proves itself.

    The JWT in it ends; a member that runs renews its own. The file is as secret as a private key.
    """

    v: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[a-z][-a-z0-9]{0,62}$")]
    """Of the member, for people: `<pool>-<index>`."""
    tenant: Name
    token: Token
    nats_url: Annotated[str, Field(pattern=r"^(nats|tls)://[^\s,]+$", max_length=512)]
    nats_creds: Annotated[str, Field(max_length=16_384, repr=False)]
    """The user's JWT and seed, as a credentials file holds them."""
    nats_ca: Annotated[str, Field(max_length=65_536)] = ""
    """PEM of who vouches for the server; empty: the machine's own authorities."""
    venue: VenueType
    venue_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=512)] | None = None
    """Base address of a paper exchange; None: the venue's own."""
    centre_key: Annotated[str, Field(min_length=44, max_length=44)]
    """Base64 of the Ed25519 key that signs grants."""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 32
    drain_seconds: Annotated[int, Field(ge=1, le=600)] = 12
