"""Who may do what on NATS, in a cluster? Claims pushed, users' JWTs renewed, leavers cut off."""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from nats.aio.client import Client as NatsClient

from ironbull_kit import bus, nats_accounts, nats_claims, nats_jwt, nats_users, serve
from ironbull_kit.nats_accounts import RootKeys, TenantClients
from ironbull_kit.nats_users import JWT_SECONDS, Client
from ironbull_messages import subjects
from ironbull_messages.base import Message
from ironbull_messages.fleet import RenewReply, RenewRequest
from ironbull_messages.launch import CREDS_FILE
from ironbull_messages.problems import Problem
from ironbull_operator.accounts import Account, Accounts
from ironbull_operator.desired.platform import labels
from ironbull_operator.installation import content, secret_object
from ironbull_operator.kinds import SECRET, Ref
from ironbull_operator.kube import Kube
from ironbull_operator.queue import RESYNC

_QUEUE: Final = "operator"
ASK_SECONDS: Final = 10.0
"""For so long the answer counts which accounts the servers know: they may lose their store."""
_AHEAD: Final = 1 / 2
"""A Secret whose JWT has less than this share of its life left is written anew, so that who starts
from it has time to come and renew."""
_LOOKS: Final = 6
"""Looks at a Secret in a life of what lies in it, at least."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where NATS is, and whose credentials lie where."""

    url: str
    creds: Path
    system_creds: Path


@dataclass(frozen=True, slots=True)
class _Pushed:
    """What the servers know of a tenant."""

    clients: TenantClients
    revoked: dict[str, int]


@dataclass(slots=True)
class Authority:
    """The one owner of an installation's accounts and users.

    Args:
        jwt_seconds: how long a user's JWT lives.
    """

    kube: Kube
    accounts: Accounts
    roots: RootKeys
    places: Places
    clock: Callable[[], float] = time.time
    jwt_seconds: int = JWT_SECONDS
    _clients: dict[str, Client] = field(default_factory=dict)
    """By token."""
    _pushed: dict[str, _Pushed] = field(default_factory=dict)
    _system: NatsClient | None = None
    _known: frozenset[str] = frozenset()
    """The accounts that the servers knew when they were asked last."""
    _asked_at: float = -ASK_SECONDS

    @property
    def look_every(self) -> timedelta | None:
        """How often Secrets need a look to be fresh always; None: as often as every object has."""
        every = timedelta(seconds=self.jwt_seconds / _LOOKS)
        return every if every < RESYNC else None

    async def issue(self, client: Client, namespace: str, name: str) -> None:
        """Keep a client's credentials in its Secret, written anew in the second half of their life.

        Args:
            namespace: of the Secret.
            name: of the Secret.
        """
        account = await self.accounts.of(client.tenant)
        stored = await self.kube.get(Ref(SECRET, name, namespace))
        known = None if stored is None else content(stored).get(CREDS_FILE)
        seed = nats_jwt.new_seed(nats_jwt.USER)
        if known is not None:
            jwt, kept = nats_jwt.read_credentials(known)
            # Who left and comes back comes as somebody new.
            if nats_jwt.public_key(kept) not in account.revoked:
                seed = kept
            claims = nats_jwt.read(jwt)
            left = float(claims["exp"]) - self.clock()
            is_fresh = self.jwt_seconds * _AHEAD < left <= self.jwt_seconds
            if seed == kept and is_fresh and claims["name"] == client.token:
                await self._know(client, nats_jwt.public_key(kept))
                return
        public = nats_jwt.public_key(seed)
        await self._know(client, public)
        text = nats_jwt.credentials(self._jwt(client, account, public), seed)
        marks = labels(client.tenant, client.kind.value, name)
        await self.kube.apply(secret_object(namespace, name, {CREDS_FILE: text}, marks))

    async def revoke(self, tenant: str, tokens: Collection[str]) -> None:
        """Cut off clients that left, for as long as a JWT of theirs could live.

        Raises:
            ConnectionError: the servers could not be asked; the next push tells them.
        """
        await self.accounts.revoke(tenant, tokens, int(self.clock()))
        for token in tokens:
            self._clients.pop(token, None)
        before = self._pushed.get(tenant)
        if before is not None:
            await self.push(_without(before.clients, tokens))

    async def revoke_tenant(self, tenant: str) -> None:
        """Cut off everybody who ever had a user in a tenant's account.

        Raises:
            ConnectionError: the servers could not be asked.
        """
        account = await self.accounts.of(tenant)
        await self.accounts.revoke(tenant, list(account.users), int(self.clock()))
        await self.push(TenantClients(tenant))

    async def remove_account(self, tenant: str) -> None:
        """Make the servers forget a tenant's account, and its seed with all that it knew.

        Raises:
            ConnectionError: the servers could not be asked.
        """
        account = await self.accounts.of(tenant)
        system = await self._connected()
        if account.public in await nats_claims.known(system):
            await nats_claims.delete(system, self.roots, [account.public], int(self.clock()))
        await self.accounts.remove(tenant)
        self.forget_tenant(tenant)

    def forget_tenant(self, tenant: str) -> None:
        """Keep nothing in mind of a tenant that is gone; its account's seed stays in its Secret."""
        for token, client in list(self._clients.items()):
            if client.tenant == tenant:
                del self._clients[token]
        self.accounts.forget(tenant)
        self._pushed.pop(tenant, None)

    async def push(self, wanted: TenantClients) -> None:
        """Make the servers know exactly these clients of a tenant, and who may not come back.

        Raises:
            ConnectionError: they could not be asked.
        """
        account, now = await self.accounts.of(wanted.tenant), int(self.clock())
        revoked = nats_users.still_revoked(account.revoked, now=now)
        await self.accounts.keep_revoked(wanted.tenant, revoked)
        system, told = await self._connected(), _Pushed(wanted, revoked)
        public = account.public
        if self._pushed.get(wanted.tenant) == told and await self._is_known(system, public):
            return
        jwt = nats_accounts.tenant_jwt(self.roots, public, wanted, revoked, now)
        await nats_claims.push(system, jwt)
        self._pushed[wanted.tenant], self._known = told, self._known | {public}

    async def _is_known(self, system: NatsClient, public: str) -> bool:
        """Tell whether the servers know an account; all are asked for at once, and rarely.

        Each look at each tenant wants to know it, and the answer grows with the tenants.
        """
        if not 0.0 <= self.clock() - self._asked_at < ASK_SECONDS:
            self._asked_at, self._known = self.clock(), await nats_claims.known(system)
        return public in self._known

    async def answer_renewals(self) -> None:
        """Renew JWTs of known clients for as long as this is awaited."""
        ended = asyncio.Event()
        client = await bus.connect(
            self.places.url,
            self.places.creds,
            "operator",
            subjects.inbox_prefix("operator"),
            ended.set,
        )
        try:
            await serve.answer(client, subjects.ANY_RENEW, _QUEUE, self._renew)
            await ended.wait()
        finally:
            await client.close()
        raise ConnectionError("the connection that answers renewals was closed for good")

    async def close(self) -> None:
        """Let go of the connection over which claims are pushed."""
        if self._system is not None:
            await self._system.close()
            self._system = None

    async def _renew(self, subject: str, body: bytes) -> Message | None:
        asker = subjects.parse_member(subject)
        request = RenewRequest.model_validate_json(body)
        client = self._clients.get(asker.token)
        account = None if client is None else await self.accounts.of(client.tenant)
        keys = () if account is None else account.users.get(asker.token, ())
        why = nats_users.refusal(asker, request, client, keys[-1] if keys else None)
        if client is None or account is None or why is not None:
            return RenewReply(tenant=asker.tenant, why=why or "")
        return RenewReply(tenant=asker.tenant, jwt=self._jwt(client, account, request.public_key))

    async def _know(self, client: Client, public: str) -> None:
        await self.accounts.add(client.tenant, client.token, public)
        self._clients[client.token] = client

    def _jwt(self, client: Client, account: Account, public: str) -> str:
        now = int(self.clock())
        return nats_users.user_jwt(account.seed, client, public, now=now, life=self.jwt_seconds)

    async def _connected(self) -> NatsClient:
        if self._system is None or self._system.is_closed:
            try:
                self._system = await bus.connect(
                    self.places.url,
                    self.places.system_creds,
                    "operator-claims",
                    "_INBOX_system",
                    lambda: None,
                )
            except Problem as problem:
                raise ConnectionError(problem.detail) from problem
        return self._system


def _without(clients: TenantClients, tokens: Collection[str]) -> TenantClients:
    return replace(
        clients,
        engines=tuple(one for one in clients.engines if one not in tokens),
        members=tuple(one for one in clients.members if one not in tokens),
    )
