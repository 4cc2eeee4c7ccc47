"""What a tenant sees of trading: strategies, signals, orders, positions, trades, balances."""

from fastapi import APIRouter, Request

from ironbull_app.api.callers import Caller, parts_of
from ironbull_app.api.merchant import bodies
from ironbull_app.api.paging import Page, Paged
from ironbull_app.api.showing import show
from ironbull_app.db.queries import merchant as queries
from ironbull_messages.amounts import from_minor

router = APIRouter()


@router.get("/strategies")
async def get_strategies(request: Request, caller: Caller) -> bodies.Listing:
    """List the tenant's strategies."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        rows = await queries.strategies(tx, caller.tenant)
    return bodies.Listing(items=tuple(show(row) for row in rows))


@router.get("/signals")
async def get_signals(request: Request, caller: Caller, page: Paged) -> bodies.Listing:
    """List signals, each with its orders or its refusals and their numbers."""
    return await _list("signals", request, caller, page)


@router.get("/orders")
async def get_orders(request: Request, caller: Caller, page: Paged) -> bodies.Listing:
    """List orders."""
    return await _list("orders", request, caller, page)


@router.get("/positions")
async def get_positions(request: Request, caller: Caller, page: Paged) -> bodies.Listing:
    """List positions, open and closed."""
    return await _list("positions", request, caller, page)


@router.get("/trades")
async def get_trades(request: Request, caller: Caller, page: Paged) -> bodies.Listing:
    """List closed round trips with what they were charged."""
    return await _list("trades", request, caller, page)


@router.get("/balances")
async def get_balances(request: Request, caller: Caller) -> bodies.Balances:
    """Show the tenant's stock and its users' point cards and rewards."""
    parts = parts_of(request)
    async with parts.database.tenant(caller.tenant) as tx:
        stock, held = await queries.balances(tx, caller.tenant)
    return bodies.Balances(
        at=parts.now(),
        stock_self=from_minor(stock.get("stock_self", 0)),
        stock_gift=from_minor(stock.get("stock_gift", 0)),
        users=tuple(show(row) for row in held),
    )


async def _list(what: str, request: Request, caller: Caller, page: Page) -> bodies.Listing:
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        found = await queries.listing(tx, what, caller.tenant, page.parameters())
    rows, cursor = page.cut(found)
    return bodies.Listing(items=tuple(show(row) for row in rows), next_cursor=cursor)
