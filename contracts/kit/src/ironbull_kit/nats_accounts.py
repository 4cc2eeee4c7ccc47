"""Who may say and hear what on NATS? Pure claims of operator, accounts and users.

Streams live in one PLATFORM account; a tenant's account imports exactly its own slices, so the
server itself keeps tenants apart. An **empty permission list means allow-all** in NATS: no right is
written as `deny: [">"]`, and no list here is ever empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ironbull_kit import nats_jwt
from ironbull_messages import subjects
from ironbull_messages.words import Lane

MAX_CONNECTIONS_PER_CLIENT: Final = 3
_LIMITS: Final = {
    **dict.fromkeys(("subs", "data", "payload", "imports", "exports"), -1),
    "wildcards": True,
    "leaf": 0,
}
_JETSTREAM: Final = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}


@dataclass(frozen=True, slots=True)
class RootKeys:
    """Seeds made once per installation; the operator's signs every account."""

    operator: str
    system: str
    platform: str


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """What a tenant's account may take at most; None: what follows from its clients, or all.

    Args:
        payload: bytes of one message.
        subscriptions: at the same time.
    """

    connections: int | None = None
    payload: int | None = None
    subscriptions: int | None = None

    def claim(self, clients: int) -> dict[str, int]:
        """Return the limits as a server reads them, of an account with so many clients."""
        enough = MAX_CONNECTIONS_PER_CLIENT * max(clients, 1)
        found = {
            "conn": enough if self.connections is None else min(enough, self.connections),
            "payload": self.payload,
            "subs": self.subscriptions,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class TenantClients:
    """Everybody who has a user in a tenant's account: tokens of engines and members."""

    tenant: str
    engines: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    limits: AccountLimits = AccountLimits()


def new_root_keys() -> RootKeys:
    """Make the seeds of an installation."""
    return RootKeys(
        nats_jwt.new_seed(nats_jwt.OPERATOR),
        nats_jwt.new_seed(nats_jwt.ACCOUNT),
        nats_jwt.new_seed(nats_jwt.ACCOUNT),
    )


def operator_jwt(keys: RootKeys, now: int) -> str:
    """Return the operator's own claim, which names the system account."""
    subject = nats_jwt.public_key(keys.operator)
    claim = {"type": "operator", "version": 2, "system_account": nats_jwt.public_key(keys.system)}
    return nats_jwt.sign(keys.operator, subject, "ironbull", claim, now)


def system_jwt(keys: RootKeys, now: int) -> str:
    """Return the system account's claim: over it account claims are pushed."""
    return _account(keys, nats_jwt.public_key(keys.system), "SYS", {}, now)


def platform_jwt(keys: RootKeys, now: int) -> str:
    """Return the PLATFORM account's claim: it owns the streams, exports wildcards."""
    claim = {"exports": _exports(), "limits": _JETSTREAM}
    return _account(keys, nats_jwt.public_key(keys.platform), "PLATFORM", claim, now)


def tenant_jwt(
    keys: RootKeys, account: str, clients: TenantClients, revoked: dict[str, int], now: int
) -> str:
    """Return a tenant's account claim: imports of exactly its slices.

    Args:
        keys: of the installation.
        account: the tenant's public account key.
        clients: who has a user there.
        revoked: public user key → instant up to which its JWTs are void.
        now: Unix seconds.
    """
    count = len(clients.engines) + len(clients.members)
    claim: dict[str, Any] = {
        "imports": _imports(nats_jwt.public_key(keys.platform), clients),
        "limits": clients.limits.claim(count),
    }
    if revoked:
        claim["revocations"] = dict(sorted(revoked.items()))
    return _account(keys, account, clients.tenant, claim, now)


def system_user_jwt(keys: RootKeys, user: str, now: int) -> str:
    """Return the claim of the user who pushes account claims."""
    rights = (
        (subjects.SYSTEM_CLAIMS_UPDATE, subjects.SYSTEM_CLAIMS_LIST, subjects.SYSTEM_CLAIMS_DELETE),
        ("_INBOX_system.>",),
    )
    return _user(keys.system, user, "system", *rights, now=now)


def centre_user_jwt(keys: RootKeys, user: str, now: int) -> str:
    """Return the claim of the central roles' user: everything in PLATFORM; it does not expire."""
    return _user(keys.platform, user, "centre", (">",), (">",), now=now)


def member_user_jwt(
    account_seed: str, user: str, tenant: str, token: str, *, now: int, expires_at: int
) -> str:
    """Return the claim of a member of an execution node."""
    heard = (f"{subjects.inbox_prefix(token)}.>", subjects.control(tenant, token))
    said = tuple(_member_services(tenant, token))
    return _user(account_seed, user, token, said, heard, now=now, expires_at=expires_at)


def engine_user_jwt(
    account_seed: str, user: str, tenant: str, token: str, *, now: int, expires_at: int
) -> str:
    """Return the claim of a tenant's engine: it may say signals and hear the market."""
    said = (
        subjects.signal(tenant, subjects.ANY_STRATEGY),
        subjects.ANY_HISTORY,
        subjects.renew(tenant, token),
    )
    heard = (f"{subjects.inbox_prefix(token)}.>", subjects.ANY_CANDLE, subjects.ANY_PRICE)
    return _user(account_seed, user, token, said, heard, now=now, expires_at=expires_at)


def _member_services(tenant: str, token: str) -> list[str]:
    lanes = [
        subject
        for lane in Lane
        for subject in (subjects.next_message(token, lane), subjects.acknowledge(token, lane))
    ]
    asked = (
        subjects.result,
        subjects.hello,
        subjects.beat,
        subjects.grant,
        subjects.renew,
        subjects.sync,
    )
    return lanes + [subject(tenant, token) for subject in asked]


def _exports() -> list[dict[str, Any]]:
    streamed = {subjects.ANY_NEXT_MESSAGE, subjects.ANY_ACKNOWLEDGE}
    services = (
        *(subjects.ANY_NEXT_MESSAGE, subjects.ANY_ACKNOWLEDGE, subjects.ANY_HISTORY),
        *(subjects.ANY_RESULT, subjects.ANY_SIGNAL, subjects.ANY_HELLO, subjects.ANY_BEAT),
        *(subjects.ANY_GRANT, subjects.ANY_RENEW, subjects.ANY_SYNC),
    )
    pushed = (subjects.ANY_CONTROL, subjects.ANY_CANDLE, subjects.ANY_PRICE)
    return [
        {
            "name": subject,
            "subject": subject,
            "type": "service",
            "response_type": "Stream" if subject in streamed else "Singleton",
        }
        for subject in services
    ] + [{"name": subject, "subject": subject, "type": "stream"} for subject in pushed]


def _imports(platform: str, clients: TenantClients) -> list[dict[str, Any]]:
    services: list[str] = []
    streams: list[str] = []
    if clients.engines:
        services += [subjects.signal(clients.tenant, subjects.ANY_STRATEGY), subjects.ANY_HISTORY]
        services += [subjects.renew(clients.tenant, token) for token in clients.engines]
        streams += [subjects.ANY_CANDLE, subjects.ANY_PRICE]
    for token in clients.members:
        services += _member_services(clients.tenant, token)
        streams.append(subjects.control(clients.tenant, token))
    return [_import(platform, subject, "service") for subject in services] + [
        _import(platform, subject, "stream") for subject in streams
    ]


def _import(platform: str, subject: str, kind: str) -> dict[str, Any]:
    # `to` would be a prefix for streams; `local_subject` is the name on this side.
    names = dict.fromkeys(("name", "subject", "local_subject"), subject)
    return {**names, "account": platform, "type": kind}


def _account(keys: RootKeys, subject: str, name: str, claim: dict[str, Any], now: int) -> str:
    limits = {**_LIMITS, "conn": -1, **claim.pop("limits", {})}
    body = {
        "type": "account",
        "version": 2,
        "limits": limits,
        "default_permissions": {"pub": {"deny": [">"]}, "sub": {"deny": [">"]}},
        **claim,
    }
    return nats_jwt.sign(keys.operator, subject, name, body, now)


def _user(
    account_seed: str,
    user: str,
    name: str,
    said: Sequence[str],
    heard: Sequence[str],
    *,
    now: int,
    expires_at: int | None = None,
) -> str:
    if not said or not heard:
        raise ValueError(f"user {name} needs both lists: an empty one means everything")
    body = {
        "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1,
        "pub": {"allow": list(said)}, "sub": {"allow": list(heard)},
    }  # fmt: skip
    return nats_jwt.sign(account_seed, user, name, body, now, expires_at)
