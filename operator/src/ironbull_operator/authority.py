"""Who may do what on NATS, in a cluster? Seeds in Secrets, claims pushed, users' JWTs renewed."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from nats.aio.client import Client as NatsClient

from ironbull_kit import bus, nats_accounts, nats_claims, nats_jwt, serve
from ironbull_kit.nats_accounts import RootKeys, TenantClients
from ironbull_messages import subjects
from ironbull_messages.base import Message
from ironbull_messages.fleet import RenewReply, RenewRequest
from ironbull_messages.launch import CREDS_FILE
from ironbull_messages.problems import Problem
from ironbull_operator.desired.platform import labels
from ironbull_operator.installation import content, secret_object
from ironbull_operator.kinds import SECRET, Ref
from ironbull_operator.kube import ConflictError, Kube

JWT_SECONDS: Final = 24 * 3600
REWRITE_BELOW: Final = 1 / 6
"""A running client renews at two thirds of the life; below this share of the rest we do."""
ACCOUNT_SEED: Final = "account.seed"
_QUEUE: Final = "operator"


class ClientKind(StrEnum):
    """What a user of a tenant's account may do."""

    ENGINE = "engine"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Client:
    """Who speaks: a tenant's engine, or a member of a pool.

    Args:
        token: the id that the platform gave it.
    """

    kind: ClientKind
    tenant: str
    token: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where NATS is, and whose credentials lie where."""

    url: str
    creds: Path
    system_creds: Path


@dataclass(slots=True)
class Authority:
    """The one owner of an installation's accounts and users."""

    kube: Kube
    namespace: str
    roots: RootKeys
    places: Places
    clock: Callable[[], float] = time.time
    _accounts: dict[str, str] = field(default_factory=dict)
    _users: dict[str, tuple[Client, str]] = field(default_factory=dict)
    """Token → the client and its public key."""
    _pushed: dict[str, TenantClients] = field(default_factory=dict)
    _system: NatsClient | None = None

    async def issue(self, client: Client, namespace: str, name: str) -> None:
        """Keep a client's credentials in its Secret, written anew only near their end.

        Args:
            namespace: of the Secret.
            name: of the Secret.
        """
        account = await self._account(client.tenant)
        stored = await self.kube.get(Ref(SECRET, name, namespace))
        known = None if stored is None else content(stored).get(CREDS_FILE)
        if known is not None:
            jwt, seed = nats_jwt.read_credentials(known)
            self._users[client.token] = (client, nats_jwt.public_key(seed))
            claims = nats_jwt.read(jwt)
            fresh = float(claims["exp"]) - self.clock() > JWT_SECONDS * REWRITE_BELOW
            if fresh and claims["name"] == client.token:
                return
        else:
            seed = nats_jwt.new_seed(nats_jwt.USER)
        public = nats_jwt.public_key(seed)
        text = nats_jwt.credentials(self._jwt(client, account, public), seed)
        marks = labels(client.tenant, client.kind.value, name)
        await self.kube.apply(secret_object(namespace, name, {CREDS_FILE: text}, marks))
        self._users[client.token] = (client, public)

    def forget_client(self, token: str | None) -> None:
        """Renew the JWT of a client that is gone no more."""
        if token is not None:
            self._users.pop(token, None)

    def forget_tenant(self, tenant: str) -> None:
        """Keep nothing in mind of a tenant that is gone; its account's seed stays in its Secret."""
        for token, (client, _) in list(self._users.items()):
            if client.tenant == tenant:
                del self._users[token]
        self._accounts.pop(tenant, None)
        self._pushed.pop(tenant, None)

    async def push(self, wanted: TenantClients) -> None:
        """Make the servers know exactly these clients of a tenant.

        Raises:
            ConnectionError: they could not be asked.
        """
        account = await self._account(wanted.tenant)
        public = nats_jwt.public_key(account)
        system = await self._connected()
        if self._pushed.get(wanted.tenant) == wanted and public in await nats_claims.known(system):
            return
        jwt = nats_accounts.tenant_jwt(self.roots, public, wanted, {}, int(self.clock()))
        await nats_claims.push(system, jwt)
        self._pushed[wanted.tenant] = wanted

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
        known = self._users.get(asker.token)
        if known is None or known[0].tenant != asker.tenant or request.token != asker.token:
            return RenewReply(tenant=asker.tenant, why="unknown client")
        client, public = known
        if public != request.public_key:
            return RenewReply(tenant=asker.tenant, why="another key")
        account = await self._account(client.tenant)
        return RenewReply(tenant=asker.tenant, jwt=self._jwt(client, account, public))

    def _jwt(self, client: Client, account: str, public: str) -> str:
        make: Mapping[ClientKind, Callable[..., str]] = {
            ClientKind.ENGINE: nats_accounts.engine_user_jwt,
            ClientKind.MEMBER: nats_accounts.member_user_jwt,
        }
        now = int(self.clock())
        return make[client.kind](
            account, public, client.tenant, client.token, now=now, expires_at=now + JWT_SECONDS
        )

    async def _account(self, tenant: str) -> str:
        """Return the seed of a tenant's account, made once."""
        if tenant not in self._accounts:
            name = f"ironbull-nats-account-{tenant}"
            fresh = {ACCOUNT_SEED: nats_jwt.new_seed(nats_jwt.ACCOUNT)}
            marks = labels(tenant, "nats-account", tenant)
            try:
                stored = await self.kube.create(secret_object(self.namespace, name, fresh, marks))
            except ConflictError:
                stored = await self.kube.get(Ref(SECRET, name, self.namespace)) or {}
            self._accounts[tenant] = content(stored)[ACCOUNT_SEED]
        return self._accounts[tenant]

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
