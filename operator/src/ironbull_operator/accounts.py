"""What is kept of a tenant's NATS account? Its seed, who has a user there, and who left.

All of it lies in one Secret, so that the next leader knows whom to keep out. Keys are written one
by one, as pools of a tenant come and go side by side.
"""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from ironbull_kit import nats_jwt
from ironbull_operator.desired.platform import labels
from ironbull_operator.installation import content, secret_object
from ironbull_operator.kinds import SECRET, Object, Ref
from ironbull_operator.kube import ConflictError, Kube, MissingError

ACCOUNT_SEED: Final = "account.seed"
MAX_KEYS: Final = 8
"""Of one client whose Secret was lost again and again; the newest are kept."""
_USER: Final = "user."
_REVOKED: Final = "revoked."


@dataclass(slots=True)
class Account:
    """A tenant's account.

    Args:
        users: token → public keys that the client was given, the newest last.
        revoked: public key → instant at which its user left, Unix seconds.
    """

    tenant: str
    seed: str
    users: dict[str, tuple[str, ...]]
    revoked: dict[str, int]

    @property
    def public(self) -> str:
        """The account's own key."""
        return nats_jwt.public_key(self.seed)


@dataclass(slots=True)
class Accounts:
    """The accounts of all tenants, each read once and written by us alone."""

    kube: Kube
    namespace: str
    _known: dict[str, Account] = field(default_factory=dict)

    async def of(self, tenant: str) -> Account:
        """Return a tenant's account, made once."""
        if tenant not in self._known:
            stored = await self.kube.get(self._ref(tenant)) or await self._made(tenant)
            self._known.setdefault(tenant, _read(tenant, stored))
        return self._known[tenant]

    async def _made(self, tenant: str) -> Object:
        """Make an account's Secret, or return the one that was made meanwhile."""
        fresh = {ACCOUNT_SEED: nats_jwt.new_seed(nats_jwt.ACCOUNT)}
        try:
            return await self.kube.create(self._secret(tenant, fresh))
        except ConflictError:
            return await self.kube.get(self._ref(tenant)) or {}

    async def add(self, tenant: str, token: str, public: str) -> None:
        """Note which key a client is given, before it gets it."""
        account = await self.of(tenant)
        before = account.users.get(token, ())
        if before[-1:] == (public,):
            return
        keys = (*(one for one in before if one != public), public)[-MAX_KEYS:]
        await self._write(account, {_USER + token: " ".join(keys)})
        account.users[token] = keys

    async def revoke(self, tenant: str, tokens: Collection[str], now: int) -> None:
        """Note that clients left, with all the keys that they were given."""
        account = await self.of(tenant)
        gone = [token for token in tokens if token in account.users]
        if not gone:
            return
        left = {public: now for token in gone for public in account.users[token]}
        await self._write(
            account,
            {
                **{_USER + token: None for token in gone},
                **{_REVOKED + public: str(at) for public, at in left.items()},
            },
        )
        for token in gone:
            account.users.pop(token, None)
        account.revoked |= left

    async def keep_revoked(self, tenant: str, revoked: Mapping[str, int]) -> None:
        """Forget of those who left whom `revoked` does not name; the Secret is there afterwards."""
        account = await self.of(tenant)
        over = account.revoked.keys() - revoked.keys()
        stored = await self.kube.get(self._ref(tenant))
        if over or stored is None or content(stored).get(ACCOUNT_SEED) != account.seed:
            await self._write(account, {_REVOKED + public: None for public in over})
        for public in over:
            account.revoked.pop(public, None)

    async def remove(self, tenant: str) -> None:
        """Remove a tenant's account; nobody can ever be let in by it again."""
        await self.kube.delete(self._ref(tenant))
        self.forget(tenant)

    def forget(self, tenant: str) -> None:
        """Keep nothing in mind of a tenant that is gone; its Secret stays."""
        self._known.pop(tenant, None)

    async def _write(self, account: Account, texts: Mapping[str, str | None]) -> None:
        """Write some keys; None removes one. A Secret that somebody deleted is made again."""
        patch = {
            key: None if text is None else base64.b64encode(text.encode()).decode()
            for key, text in {ACCOUNT_SEED: account.seed, **texts}.items()
        }
        try:
            await self.kube.merge(self._ref(account.tenant), {"data": patch})
        except MissingError:
            whole = {**_written(account), **texts}
            kept = {key: text for key, text in whole.items() if text is not None}
            await self.kube.create(self._secret(account.tenant, kept))

    def _secret(self, tenant: str, texts: Mapping[str, str]) -> Object:
        marks = labels(tenant, "nats-account", tenant)
        return secret_object(self.namespace, _name(tenant), texts, marks)

    def _ref(self, tenant: str) -> Ref:
        return Ref(SECRET, _name(tenant), self.namespace)


def _name(tenant: str) -> str:
    return f"ironbull-nats-account-{tenant}"


def _read(tenant: str, stored: Object) -> Account:
    texts = content(stored)
    return Account(
        tenant,
        texts[ACCOUNT_SEED],
        {
            key.removeprefix(_USER): tuple(text.split())
            for key, text in texts.items()
            if key.startswith(_USER)
        },
        {
            key.removeprefix(_REVOKED): int(text)
            for key, text in texts.items()
            if key.startswith(_REVOKED)
        },
    )


def _written(account: Account) -> dict[str, str | None]:
    return {
        ACCOUNT_SEED: account.seed,
        **{_USER + token: " ".join(keys) for token, keys in account.users.items()},
        **{_REVOKED + public: str(at) for public, at in account.revoked.items()},
    }
