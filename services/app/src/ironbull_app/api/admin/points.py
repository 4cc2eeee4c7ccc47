"""Stock up a tenant's point cards."""

from decimal import ROUND_DOWN
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from ironbull_app.api.callers import parts_of, staff
from ironbull_app.api.card_amount import CardAmount
from ironbull_app.api.idempotency import once
from ironbull_app.db.repositories.people import PeopleStore
from ironbull_app.flows.recharge import stock_up
from ironbull_messages.amounts import Amount, to_minor
from ironbull_messages.base import NAME_PATTERN, Message
from ironbull_messages.problems import Code, Problem
from ironbull_messages.words import PointKind

router = APIRouter(dependencies=[Depends(staff)])
TenantName = Annotated[str, Path(pattern=NAME_PATTERN)]


class StockUpRequest(Message):
    """Give a tenant cards to hand out, in USDT."""

    kind: PointKind
    amount: CardAmount


class StockedUp(Message):
    """What was moved."""

    tenant: str
    kind: PointKind
    amount: Amount


@router.post("/tenants/{tenant}/stock-ups", status_code=201, response_model=StockedUp)
async def post_stock_up(request: Request, tenant: TenantName, body: StockUpRequest) -> Response:
    """Stock up a tenant's point cards."""
    async with parts_of(request).database.tenant(tenant) as tx:
        if await tx.row("SELECT 1 FROM tenant WHERE tenant_id = %s", (tenant,)) is None:
            raise Problem(Code.NOT_FOUND, f"tenant {tenant!r}")
        store = PeopleStore(tx, tenant)

        async def work(cause: str) -> StockedUp:
            await stock_up(store, body.kind, to_minor(body.amount, ROUND_DOWN), cause)
            return StockedUp(tenant=tenant, kind=body.kind, amount=body.amount)

        return await once(tx, tenant, request, 201, work)
