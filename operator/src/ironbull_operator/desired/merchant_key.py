"""Which key does a tenant sign with? It stands in one Secret, and is made anew only when asked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ironbull_operator.desired.platform import labels
from ironbull_operator.installation import content, secret_object
from ironbull_operator.kinds import Object

KEY_ID: Final = "key_id"
SECRET: Final = "secret"  # noqa: S105 - a name in the Secret
GENERATION: Final = "generation"


@dataclass(frozen=True, slots=True)
class MerchantKey:
    """One key of a tenant.

    Args:
        generation: counts the tenant's keys, from 1.
    """

    key_id: str
    secret: str
    generation: int


class Step(StrEnum):
    """What has to be done about a tenant's key."""

    KEEP = "keep"
    MAKE = "make"
    """A newer generation is wanted than was ever made."""
    TELL = "tell"
    """Its Secret is gone or empty, and nobody asked for another key."""


def name_of(tenant: str) -> str:
    """Return the name of the Secret in the platform's namespace."""
    return f"ironbull-merchant-{tenant}"


def step(wanted: int, stored: MerchantKey | None, made: int) -> Step:
    """Return what has to be done.

    Args:
        wanted: the generation that the document names.
        stored: what the Secret holds; None: there is none, or it holds no key.
        made: the newest generation that is known to have been made; 0: none.
    """
    if stored is None:
        return Step.TELL if made >= wanted else Step.MAKE
    return Step.MAKE if stored.generation < wanted else Step.KEEP


def read(stored: Object) -> MerchantKey | None:
    """Return the key that a Secret holds; None: it holds none."""
    texts = content(stored)
    generation = texts.get(GENERATION, "1")
    if not texts.get(KEY_ID) or not texts.get(SECRET) or not generation.isdecimal():
        return None
    return MerchantKey(texts[KEY_ID], texts[SECRET], int(generation))


def secret(namespace: str, tenant: str, key: MerchantKey) -> Object:
    """Return the Secret that holds a key."""
    texts = {KEY_ID: key.key_id, SECRET: key.secret, GENERATION: str(key.generation)}
    marks = labels(tenant, "merchant-key", tenant)
    return secret_object(namespace, name_of(tenant), texts, marks)


def missing(namespace: str, tenant: str, made: int) -> str:
    """Say that the Secret is gone, and the ways out.

    Args:
        made: the newest generation that was made.
    """
    return (
        f"Secret {namespace}/{name_of(tenant)} is gone; the platform still accepts its key, and no "
        "other is made by itself. Restore the Secret, or have a new key made: set "
        f"spec.credentials.merchantKeyGeneration to {made + 1}"
    )
