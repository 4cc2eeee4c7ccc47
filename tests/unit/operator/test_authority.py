"""A start with nothing changed writes nothing, and many tenants ask the servers once."""

from typing import Any

import pytest

from ironbull_kit import nats_accounts, nats_claims
from ironbull_kit.nats_accounts import TenantClients
from ironbull_operator.accounts import Accounts
from ironbull_operator.authority import ASK_SECONDS, Authority
from ironbull_operator.kinds import Object, Ref
from ironbull_operator.kube import ConflictError

TENANTS = tuple(f"t{number}" for number in range(20))


class Secrets:
    """Secrets in memory; tells how often one was written."""

    def __init__(self) -> None:
        self.held: dict[Ref, Object] = {}
        self.writes = 0

    async def get(self, ref: Ref) -> Object | None:
        return self.held.get(ref)

    async def create(self, thing: Object) -> Object:
        self.writes += 1
        if Ref.of(thing) in self.held:
            raise ConflictError("it exists")
        self.held[Ref.of(thing)] = thing
        return thing


class Servers:
    """What the servers were told, and how often they were asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.claims: set[str] = set()
        self.lists = self.pushes = 0
        monkeypatch.setattr(nats_claims, "known", self._known)
        monkeypatch.setattr(nats_claims, "push", self._push)
        monkeypatch.setattr(nats_accounts, "tenant_jwt", lambda _roots, public, *_: public)

    async def _known(self, _system: object) -> frozenset[str]:
        self.lists += 1
        return frozenset(self.claims)

    async def _push(self, _system: object, jwt: str) -> None:
        self.pushes += 1
        self.claims.add(jwt)


class Line:
    """A connection that is open."""

    is_closed = False


class Desk:
    """One leader after another, over the same Secrets."""

    def __init__(self, secrets: Secrets) -> None:
        self.now = 1_000.0
        kube: Any = secrets
        nowhere: Any = None
        line: Any = Line()
        self.authority = Authority(
            *(kube, Accounts(kube, "ironbull-system"), nowhere, nowhere, lambda: self.now),
            _system=line,
        )

    async def look(self) -> None:
        for tenant in TENANTS:
            await self.authority.push(TenantClients(tenant))


async def test_the_next_leader_writes_no_account_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Servers(monkeypatch)
    secrets = Secrets()
    await Desk(secrets).look()
    assert secrets.writes == len(TENANTS)
    await Desk(secrets).look()
    assert secrets.writes == len(TENANTS)


async def test_servers_are_asked_once_for_all_tenants_and_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    servers, desk = Servers(monkeypatch), Desk(Secrets())
    await desk.look()
    await desk.look()
    assert (servers.lists, servers.pushes) == (1, len(TENANTS))
    servers.claims.clear()  # their store was lost
    desk.now += ASK_SECONDS
    await desk.look()
    assert (servers.lists, servers.pushes) == (2, 2 * len(TENANTS))
