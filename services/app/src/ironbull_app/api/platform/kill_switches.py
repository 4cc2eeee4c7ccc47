"""How are the kill switches? For the operator's conditions, since staff may turn them too."""

from fastapi import APIRouter, Depends, Request

from ironbull_app.api.callers import operator, parts_of
from ironbull_app.api.switches import Switch, shown
from ironbull_app.db.repositories import kill_switches
from ironbull_messages.base import Message

router = APIRouter(dependencies=[Depends(operator)])


class StrategySwitch(Message):
    """The switch of one strategy."""

    tenant: str
    strategy: str
    kill_switch: Switch


class KillSwitches(Message):
    """Every switch that was ever turned; one that is left out is armed."""

    kill_switches: tuple[StrategySwitch, ...]


@router.get("/kill-switches")
async def get_kill_switches(request: Request) -> KillSwitches:
    """Show how each switch was left."""
    async with parts_of(request).database.platform() as tx:
        found = await kill_switches.turned(tx)
    return KillSwitches(
        kill_switches=tuple(
            StrategySwitch(tenant=tenant, strategy=strategy, kill_switch=shown(newest))
            for (tenant, strategy), newest in found.items()
        )
    )
