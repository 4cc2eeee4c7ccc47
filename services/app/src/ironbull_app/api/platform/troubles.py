"""What is wrong right now: for `status`, for the operator's conditions, for whoever is on call."""

from fastapi import APIRouter, Depends, Request

from ironbull_app.api.callers import operator, parts_of
from ironbull_app.db.queries import troubles
from ironbull_messages.base import Message

router = APIRouter(dependencies=[Depends(operator)])


class TroubleRow(Message):
    """One thing that is wrong; `tenant` is empty where it is the platform's own."""

    kind: str
    tenant: str
    subject: str
    detail: str


class TroublesAnswer(Message):
    """Everything that is wrong; empty is well."""

    troubles: tuple[TroubleRow, ...]


@router.get("/troubles")
async def get_troubles(request: Request) -> TroublesAnswer:
    """Recompute every sum and look for what hangs."""
    async with parts_of(request).database.platform() as tx:
        found = await troubles.find(tx)
    return TroublesAnswer(
        troubles=tuple(
            TroubleRow(kind=one.kind, tenant=one.tenant, subject=one.subject, detail=one.detail)
            for one in found
        )
    )
