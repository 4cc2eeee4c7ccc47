"""Who may do what on NATS, on one machine? Keys made once, accounts pushed, users' JWTs renewed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from nats.aio.client import Client as NatsClient

from ironbull_kit import bus, nats_accounts, nats_claims, nats_config, nats_jwt, nats_users, serve
from ironbull_kit.nats_accounts import RootKeys, TenantClients
from ironbull_kit.nats_users import JWT_SECONDS, REWRITE_BELOW, Client, ClientKind
from ironbull_local import folder as folders
from ironbull_local.folder import DataFolder
from ironbull_messages import subjects
from ironbull_messages.base import Message
from ironbull_messages.fleet import RenewReply, RenewRequest
from ironbull_messages.launch import CREDS_FILE
from ironbull_messages.problems import Problem

_QUEUE: Final = "local"


class NatsAuthority:
    """The one owner of an installation's NATS keys, claims and users."""

    def __init__(
        self,
        folder: DataFolder,
        url: str,
        clock: Callable[[], float] = time.time,
        jwt_seconds: int = JWT_SECONDS,
    ) -> None:
        self._folder = folder
        self._url = url
        self._clock = clock
        self._life = jwt_seconds
        self._keys = RootKeys(
            operator=self._seed("operator", nats_jwt.OPERATOR),
            system=self._seed("system", nats_jwt.ACCOUNT),
            platform=self._seed("platform", nats_jwt.ACCOUNT),
        )
        self._clients: dict[str, Client] = {}
        self._pushed: dict[str, TenantClients] = {}
        self._system: NatsClient | None = None
        self.system_creds = self._role("system-user", nats_accounts.system_user_jwt)
        self.centre_creds = self._role("centre-user", nats_accounts.centre_user_jwt)

    @property
    def keys_folder(self) -> Path:
        """Where the seeds of operator, accounts and users lie."""
        return self._folder.keys / "nats"

    def server_configuration(self) -> str:
        """Return whom the server trusts."""
        jwt_folder = self._folder.root / "nats" / "jwt"
        return nats_config.authority(self._keys, jwt_folder, self._now())

    async def push(self, clients: Sequence[Client]) -> None:
        """Make the server know exactly these clients' accounts.

        Raises:
            ConnectionError: it could not be asked.
        """
        self._clients = {client.token: client for client in clients}
        system = await self._system_client()
        known = await nats_claims.known(system)
        for tenant in sorted({client.tenant for client in clients} | set(self._pushed)):
            wanted = _of_tenant(tenant, clients)
            account = nats_jwt.public_key(self._account(tenant))
            if self._pushed.get(tenant) != wanted or account not in known:
                revoked = self._revoke(tenant, {*wanted.engines, *wanted.members})
                jwt = nats_accounts.tenant_jwt(self._keys, account, wanted, revoked, self._now())
                await nats_claims.push(system, jwt)
                self._pushed[tenant] = wanted

    def issue(self, client: Client, place: Path) -> None:
        """Write credentials into a client's folder unless those there live long enough."""
        creds = place / CREDS_FILE
        if creds.exists():
            jwt, seed = nats_jwt.read_credentials(creds.read_text())
            left = float(nats_jwt.read(jwt)["exp"]) - self._clock()
            if nats_jwt.public_key(seed) in folders.read_json(self._revoked_file(client.tenant)):
                seed = nats_jwt.new_seed(nats_jwt.USER)  # it left and comes back as somebody new
            elif left > self._life * REWRITE_BELOW:
                return
        else:
            seed = nats_jwt.new_seed(nats_jwt.USER)
        self._record_user(client, nats_jwt.public_key(seed))
        jwt = self._user_jwt(client, nats_jwt.public_key(seed))
        folders.write_secret(creds, nats_jwt.credentials(jwt, seed))

    async def answer_renewals(self) -> None:
        """Renew JWTs of known clients for as long as this is awaited."""
        ended = asyncio.Event()
        client = await bus.connect(
            self._url, self.centre_creds, "local", subjects.inbox_prefix("local"), ended.set
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
        client, public = self._clients.get(asker.token), request.public_key
        known = self._users(asker.tenant).get(asker.token)
        why = nats_users.refusal(asker, request, client, known)
        if client is None or why is not None:
            return RenewReply(tenant=asker.tenant, why=why or "")
        return RenewReply(tenant=asker.tenant, jwt=self._user_jwt(client, public))

    def _user_jwt(self, client: Client, public: str) -> str:
        account = self._account(client.tenant)
        return nats_users.user_jwt(account, client, public, now=self._now(), life=self._life)

    async def _system_client(self) -> NatsClient:
        if self._system is None or self._system.is_closed:
            try:
                self._system = await bus.connect(
                    self._url, self.system_creds, "local-claims", "_INBOX_system", lambda: None
                )
            except Problem as problem:
                raise ConnectionError(problem.detail) from problem
        return self._system

    def _revoke(self, tenant: str, tokens: set[str]) -> dict[str, int]:
        """Return who may not come back: users that left, as long as a JWT of theirs may live."""
        path = self._revoked_file(tenant)
        now = self._now()
        known = folders.read_json(path)
        revoked = nats_users.still_revoked(known, now=now)
        gone = {user for token, user in self._users(tenant).items() if token not in tokens}
        revoked |= dict.fromkeys(gone - revoked.keys(), now)
        folders.write_json(path, revoked)
        return revoked

    def _record_user(self, client: Client, public: str) -> None:
        users = self._users(client.tenant) | {client.token: public}
        folders.write_json(self._users_file(client.tenant), users)

    def _users(self, tenant: str) -> dict[str, str]:
        return folders.read_json(self._users_file(tenant))

    def _revoked_file(self, tenant: str) -> Path:
        return self.keys_folder / "revoked" / f"{tenant}.json"

    def _users_file(self, tenant: str) -> Path:
        return self.keys_folder / "users" / f"{tenant}.json"

    def _account(self, tenant: str) -> str:
        return self._seed(f"accounts/{tenant}", nats_jwt.ACCOUNT)

    def _role(self, name: str, make: Callable[[RootKeys, str, int], str]) -> Path:
        seed = self._seed(name, nats_jwt.USER)
        creds = self.keys_folder / f"{name}.creds"
        jwt = make(self._keys, nats_jwt.public_key(seed), self._now())
        folders.write_secret(creds, nats_jwt.credentials(jwt, seed))
        return creds

    def _seed(self, name: str, kind: int) -> str:
        path = self.keys_folder / f"{name}.seed"
        return folders.keep_secret(path, lambda: nats_jwt.new_seed(kind))

    def _now(self) -> int:
        return int(self._clock())


def _of_tenant(tenant: str, clients: Sequence[Client]) -> TenantClients:
    def tokens(kind: ClientKind) -> tuple[str, ...]:
        return tuple(
            sorted(one.token for one in clients if one.tenant == tenant and one.kind is kind)
        )

    return TenantClients(tenant, tokens(ClientKind.ENGINE), tokens(ClientKind.MEMBER))
