"""Trip or re-arm a strategy's kill switch, and read who did so before."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import StringConstraints

from ironbull_app.api.callers import parts_of, staff
from ironbull_app.api.idempotency import once
from ironbull_app.api.switches import Switch, shown
from ironbull_app.db.repositories.kill_switches import MAX_SHOWN, KillSwitchStore, history
from ironbull_app.db.unit_of_work import retried
from ironbull_app.flows import kill_switches
from ironbull_app.ports.kill_switches import Author, SwitchEvent
from ironbull_messages.base import NAME_PATTERN, Instant, Message
from ironbull_messages.problems import Code, Problem

router = APIRouter(
    prefix="/tenants/{tenant}/strategies/{strategy}/kill-switch", dependencies=[Depends(staff)]
)
Named = Annotated[str, Path(pattern=NAME_PATTERN)]
STAFF: Final = "staff"
Turn = Callable[[KillSwitchStore, str, str, Author], Awaitable[SwitchEvent | None]]


class TurnRequest(Message):
    """Why the switch is turned; it stays in the history."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=512)]


class TurnRow(Message):
    """One turn of the switch."""

    is_tripped: bool
    by: str
    reason: str
    request_id: str
    at: Instant


class SwitchAnswer(Message):
    """How the switch is, and its newest turns first."""

    tenant: str
    strategy: str
    kill_switch: Switch
    turns: tuple[TurnRow, ...]


@router.get("")
async def get_kill_switch(request: Request, tenant: Named, strategy: Named) -> SwitchAnswer:
    """Show a strategy's kill switch with its history."""
    async with parts_of(request).database.platform() as tx:
        if await KillSwitchStore(tx).lock(tenant, strategy) is None:
            raise Problem(Code.NOT_FOUND, f"strategy {strategy!r} of tenant {tenant!r}")
        turns = await history(tx, tenant, strategy, MAX_SHOWN)
    return SwitchAnswer(
        tenant=tenant,
        strategy=strategy,
        kill_switch=shown(turns[0] if turns else None),
        turns=tuple(
            TurnRow(
                is_tripped=one.is_tripped,
                by=one.by,
                reason=one.reason,
                request_id=one.request_id,
                at=one.at,
            )
            for one in turns
        ),
    )


@router.post("/trips", status_code=201, response_model=Switch)
async def post_trip(
    request: Request, tenant: Named, strategy: Named, body: TurnRequest
) -> Response:
    """Stop all openings of a strategy; stops and closes go on."""
    return await _turn(request, (tenant, strategy), body, kill_switches.trip)


@router.post("/re-arms", status_code=201, response_model=Switch)
async def post_re_arm(
    request: Request, tenant: Named, strategy: Named, body: TurnRequest
) -> Response:
    """Let a strategy open again; refused while its document says Tripped."""
    return await _turn(request, (tenant, strategy), body, kill_switches.rearm)


async def _turn(
    request: Request, which: tuple[str, str], body: TurnRequest, turn: Turn
) -> Response:
    author = Author(STAFF, body.reason, str(request.state.request_id))

    async def attempt() -> Response:
        async with parts_of(request).database.platform() as tx:

            async def work(_: str) -> Switch:
                return shown(await turn(KillSwitchStore(tx), *which, author))

            return await once(tx, which[0], request, 201, work)

    return await retried(attempt)
