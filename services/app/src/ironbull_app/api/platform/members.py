"""How the members of a pool are: for who runs members elsewhere, and sees no pods."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from ironbull_app.api.callers import operator, parts_of
from ironbull_app.db.queries import members
from ironbull_messages.base import NAME_PATTERN, Instant, Message

router = APIRouter(dependencies=[Depends(operator)])
Named = Annotated[str, Path(pattern=NAME_PATTERN)]


class PoolMember(Message):
    """One member as the fleet heard of it last."""

    index: int
    token: str
    is_wanted: bool
    is_alive: bool
    """Its lease is not over: it said hello and beats."""
    accounts: int
    unknown_tasks: int
    last_beat_at: Instant | None = None


class MembersAnswer(Message):
    """The members of a pool by index, also those that leave."""

    members: tuple[PoolMember, ...]


@router.get("/tenants/{tenant}/nodes/{name}/members")
async def get_members(request: Request, tenant: Named, name: Named) -> MembersAnswer:
    """Show the members of a pool; none: there is no such pool."""
    async with parts_of(request).database.platform() as tx:
        found = await members.of_pool(tx, tenant, name)
    return MembersAnswer(
        members=tuple(
            PoolMember(
                index=one.index,
                token=one.token,
                is_wanted=one.is_wanted,
                is_alive=one.is_alive,
                accounts=one.accounts,
                unknown_tasks=one.unknown_tasks,
                last_beat_at=one.last_beat_at,
            )
            for one in found
        )
    )
