"""Idempotent PUTs of what documents say."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field, StringConstraints

from ironbull_app.api import patterns
from ironbull_app.api.callers import key_context, operator, parts_of
from ironbull_app.db.repositories.documents import DocumentStore
from ironbull_app.flows import put_documents
from ironbull_app.ports.documents import Told
from ironbull_messages.base import NAME_PATTERN, Message
from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import ExecutionNodeSpec, StrategySpec, TenantSpec

router = APIRouter(dependencies=[Depends(operator)])
Named = Annotated[str, Path(pattern=NAME_PATTERN)]
KeyId = Annotated[str, Path(pattern=patterns.KEY_ID)]
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


class KeyPut(Message):
    """With which secret a tenant signs."""

    secret: Annotated[str, StringConstraints(min_length=32, max_length=256)] = Field(repr=False)


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


class Accepted(Message):
    """The document is stored."""

    accepted: bool = True


@router.put("/tenants/{tenant}")
async def put_tenant(request: Request, tenant: Named, body: TenantPut) -> TenantAnswer:
    """Store a tenant."""
    async with parts_of(request).database.platform() as tx:
        token = await put_documents.put_tenant(DocumentStore(tx), body.told(tenant), body.spec)
    return TenantAnswer(tenant_id=tenant, engine_token=token)


@router.put("/tenants/{tenant}/strategies/{name}")
async def put_strategy(request: Request, tenant: Named, name: Named, body: StrategyPut) -> Accepted:
    """Store a strategy; a wrong class or parameter comes back in `errors`."""
    async with parts_of(request).database.platform() as tx:
        await put_documents.put_strategy(DocumentStore(tx), tenant, body.told(name), body.spec)
    return Accepted()


@router.put("/tenants/{tenant}/nodes/{name}")
async def put_node(request: Request, tenant: Named, name: Named, body: NodePut) -> NodeAnswer:
    """Store a pool and return its members."""
    async with parts_of(request).database.platform() as tx:
        found = await put_documents.put_node(DocumentStore(tx), tenant, body.told(name), body.spec)
    return NodeAnswer(members=tuple(Member(index=one.index, token=one.token) for one in found))


@router.put("/tenants/{tenant}/merchant-keys/{key_id}")
async def put_merchant_key(
    request: Request, tenant: Named, key_id: KeyId, body: KeyPut
) -> Accepted:
    """Store with which secret a tenant signs; the first one stays."""
    parts = parts_of(request)
    envelope = parts.keys.seal(body.secret.encode(), key_context(tenant, key_id))
    async with parts.database.platform() as tx:
        store = DocumentStore(tx)
        if await store.tenant(tenant) is None:
            raise Problem(Code.NO_TENANT, f"tenant {tenant!r}")
        if not await store.save_key(tenant, key_id, envelope):
            raise Problem(Code.NAME_TAKEN, f"key {key_id} belongs to another tenant")
    return Accepted()


@router.get("/hashes")
async def get_hashes(request: Request) -> dict[str, str]:
    """Show what is stored: `kind/tenant/name` → `uid/generation`."""
    async with parts_of(request).database.platform() as tx:
        return await DocumentStore(tx).generations()
