"""Idempotent PUTs of what documents say."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field, StringConstraints

from ironbull_app.api.callers import operator, parts_of
from ironbull_app.api.switches import Switch, shown
from ironbull_app.db.repositories.documents import DocumentStore
from ironbull_app.db.repositories.kill_switches import KillSwitchStore
from ironbull_app.db.unit_of_work import retried
from ironbull_app.flows import kill_switches, put_documents
from ironbull_app.ports.documents import Told
from ironbull_app.ports.kill_switches import SwitchEvent
from ironbull_messages.base import NAME_PATTERN, Message
from ironbull_messages.resources import ExecutionNodeSpec, StrategySpec, TenantSpec
from ironbull_messages.words import KillSwitch

router = APIRouter(dependencies=[Depends(operator)])
Named = Annotated[str, Path(pattern=NAME_PATTERN)]
Uid = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class _Put(Message):
    uid: Uid
    generation: Annotated[int, Field(ge=1)]

    def told(self, name: str) -> Told:
        """Return the document's name, uid and generation."""
        return Told(name, self.uid, self.generation)


class TenantPut(_Put):
    """A tenant's document."""

    spec: TenantSpec


class StrategyPut(_Put):
    """A strategy's document."""

    spec: StrategySpec


class NodePut(_Put):
    """A pool's document."""

    spec: ExecutionNodeSpec


class TenantAnswer(Message):
    """What the operator must know to run a tenant's engine."""

    tenant_id: str
    engine_token: str


class Member(Message):
    """A member of a pool and the id that the platform gave it."""

    index: int
    token: str


class NodeAnswer(Message):
    """The members that should run."""

    members: tuple[Member, ...]


class StrategyAnswer(Message):
    """The document is stored, and this is how the strategy's kill switch is."""

    accepted: bool = True
    kill_switch: Switch


@router.put("/tenants/{tenant}")
async def put_tenant(request: Request, tenant: Named, body: TenantPut) -> TenantAnswer:
    """Store a tenant."""
    async with parts_of(request).database.platform() as tx:
        token = await put_documents.put_tenant(DocumentStore(tx), body.told(tenant), body.spec)
    return TenantAnswer(tenant_id=tenant, engine_token=token)


@router.put("/tenants/{tenant}/strategies/{name}")
async def put_strategy(
    request: Request, tenant: Named, name: Named, body: StrategyPut
) -> StrategyAnswer:
    """Store a strategy; a wrong class or parameter comes back in `errors`.

    A document that trips the kill switch does so even when something else of it is refused.
    """
    database, told = parts_of(request).database, body.told(name)

    async def trip() -> None:
        async with database.platform() as tx:
            await kill_switches.trip_by_document(KillSwitchStore(tx), tenant, told)

    async def put() -> SwitchEvent | None:
        async with database.platform() as tx:
            switches = KillSwitchStore(tx)
            documents = DocumentStore(tx)
            return await put_documents.put_strategy(documents, switches, tenant, told, body.spec)

    if body.spec.kill_switch is KillSwitch.TRIPPED:
        await retried(trip)
    return StrategyAnswer(kill_switch=shown(await retried(put)))


@router.put("/tenants/{tenant}/nodes/{name}")
async def put_node(request: Request, tenant: Named, name: Named, body: NodePut) -> NodeAnswer:
    """Store a pool and return its members."""
    async with parts_of(request).database.platform() as tx:
        found = await put_documents.put_node(DocumentStore(tx), tenant, body.told(name), body.spec)
    return NodeAnswer(members=tuple(Member(index=one.index, token=one.token) for one in found))


@router.get("/hashes")
async def get_hashes(request: Request) -> dict[str, str]:
    """Show what is stored: `kind/tenant/name` → `uid/generation`."""
    async with parts_of(request).database.platform() as tx:
        return await DocumentStore(tx).generations()
