"""Who has a user in a tenant's account? Pure: JWTs by kind, renewals answered, leavers kept out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ironbull_kit import nats_accounts
from ironbull_messages.fleet import RenewRequest
from ironbull_messages.subjects import MemberSubject

JWT_SECONDS: Final = 24 * 3600
"""How long a user's JWT lives when nobody chose."""
MIN_JWT_SECONDS: Final = 60
MAX_JWT_SECONDS: Final = 7 * 24 * 3600
REWRITE_BELOW: Final = 1 / 6
"""A running client renews at two thirds of the life; below this share of it, its issuer does."""


class ClientKind(StrEnum):
    """What a client is, which decides its rights."""

    ENGINE = "engine"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Client:
    """An engine of a tenant, or a member of one of its pools.

    Args:
        token: the id that the platform gave it; names are not unique.
        name: `<pool>/<index>` of a member, where somebody reads it.
    """

    kind: ClientKind
    tenant: str
    token: str
    name: str = ""


_MAKE: Final[Mapping[ClientKind, Callable[..., str]]] = {
    ClientKind.ENGINE: nats_accounts.engine_user_jwt,
    ClientKind.MEMBER: nats_accounts.member_user_jwt,
}


def user_jwt(account_seed: str, client: Client, public: str, *, now: int, life: int) -> str:
    """Return the claim of a client's user.

    Args:
        account_seed: of the tenant's account.
        public: the user's own key.
        now: Unix seconds.
        life: seconds.
    """
    return _MAKE[client.kind](
        account_seed, public, client.tenant, client.token, now=now, expires_at=now + life
    )


def refusal(
    asker: MemberSubject, request: RenewRequest, client: Client | None, public: str | None
) -> str | None:
    """Return why a user's JWT is not renewed; None: it is.

    Args:
        asker: who asks, by the subject that its own rights let it use.
        client: whom we know by this token.
        public: the newest key that this client was given.
    """
    if client is None or client.tenant != asker.tenant or request.token != asker.token:
        return "unknown client"
    return None if public == request.public_key else "another key"


def still_revoked(revoked: Mapping[str, int], *, now: int) -> dict[str, int]:
    """Return the users that left whose last JWT may still be alive, whatever life was chosen then.

    Args:
        revoked: public user key → instant at which it left.
        now: Unix seconds.
    """
    return {public: at for public, at in revoked.items() if at + MAX_JWT_SECONDS > now}
