"""With which credentials does a tenant sign, and when are they made anew?"""

from typing import Annotated, Final

from pydantic import Field

from ironbull_messages.resources.parts import Spec

MAX_OVERLAP_SECONDS: Final = 30 * 24 * 3_600


class Credentials(Spec):
    """The key with which the tenant's servers sign their calls of the merchant API."""

    merchant_key_generation: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Raise it to have a new key made: it replaces the old one in the tenant's Secret.

    A key is never made anew for another reason, also not when its Secret was deleted.
    """
    overlap_seconds: Annotated[int, Field(ge=0, le=MAX_OVERLAP_SECONDS)] = 86_400
    """How long the old key is still accepted; 0: it is refused at once, as after a leak."""
