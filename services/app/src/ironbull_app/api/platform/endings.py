"""What is deleted, and what still stands in the way of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from ironbull_app.api.callers import operator, parts_of
from ironbull_app.db.repositories.endings import EndingStore
from ironbull_app.db.unit_of_work import retried
from ironbull_app.flows import end_documents
from ironbull_messages.base import NAME_PATTERN, Message

router = APIRouter(dependencies=[Depends(operator)])
Named = Annotated[str, Path(pattern=NAME_PATTERN)]
Uid = Annotated[str, Query(min_length=1, max_length=64)]
Strategy = Annotated[str | None, Query(pattern=NAME_PATTERN)]


class OpenRow(Message):
    """A position or an order that is not over."""

    account_id: str
    label: str
    symbol: str
    what: str


class UnresolvedAnswer(Message):
    """How much is not over, and the oldest few of it."""

    positions: int
    orders: int
    """Whose outcome is not final, unknown ones among them."""
    unknown: int
    rows: tuple[OpenRow, ...]


class Ended(Message):
    """Whether the object with this uid was stored, and is closed now."""

    ended: bool


@router.get("/tenants/{tenant}/unresolved")
async def get_unresolved(
    request: Request, tenant: Named, strategy: Strategy = None
) -> UnresolvedAnswer:
    """Show open positions and orders without an outcome, of a tenant or of one strategy of it."""
    async with parts_of(request).database.platform() as tx:
        left = await EndingStore(tx).unresolved(tenant, strategy)
    rows = (OpenRow(account_id=one.account_id, label=one.label, symbol=one.symbol, what=one.what)
            for one in left.shown)  # fmt: skip
    return UnresolvedAnswer(
        positions=left.positions, orders=left.orders, unknown=left.unknown, rows=tuple(rows)
    )


@router.delete("/tenants/{tenant}")
async def end_tenant(
    request: Request, tenant: Named, uid: Uid, *, erase: bool = False, force: bool = False
) -> Ended:
    """Close a tenant; `erase` makes its people unrecognisable, `force` leaves what is open."""

    async def end() -> bool:
        async with parts_of(request).database.platform() as tx:
            store = EndingStore(tx)
            return await end_documents.end_tenant(
                store, tenant, uid, is_erased=erase, is_forced=force
            )

    return Ended(ended=await retried(end))


@router.delete("/tenants/{tenant}/strategies/{name}")
async def end_strategy(request: Request, tenant: Named, name: Named, uid: Uid) -> Ended:
    """Close a strategy and its subscriptions; stops and closes go on."""
    async with parts_of(request).database.platform() as tx:
        return Ended(ended=await EndingStore(tx).close_strategy(tenant, name, uid))


@router.delete("/tenants/{tenant}/nodes/{name}")
async def end_node(request: Request, tenant: Named, name: Named, uid: Uid) -> Ended:
    """Close a pool."""
    async with parts_of(request).database.platform() as tx:
        return Ended(ended=await EndingStore(tx).close_pool(tenant, name, uid))
