"""How does a tenant come to rest? Nothing opens, what is open is waited for, then members end."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from ironbull_messages.words import TenantState
from ironbull_operator.conditions import Verdict, ready, waiting
from ironbull_operator.desired import ending
from ironbull_operator.desired.ending import Left
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.desired.pool import COMPONENT
from ironbull_operator.kinds import EXECUTION_NODE, POD, STATEFUL_SET, Object, Ref
from ironbull_operator.reconcile import finalizing
from ironbull_operator.reconcile.hands import Hands

LOOK_AGAIN: Final = timedelta(seconds=5)
"""After this what is open is asked for again, which the cluster does not tell."""
RESET: Final[Object] = ending.status(Left(0, 0, 0, ()), is_done=False)
_MEMBERS: Final = {"app.kubernetes.io/name": COMPONENT}


@dataclass(frozen=True, slots=True)
class Rest:
    """How far a tenant is that drains, or that does no more.

    Args:
        status: fields of its status.
        wakes: its pools, when they have to look again.
    """

    verdict: Verdict
    status: dict[str, Any]
    wakes: tuple[Ref, ...]


def members_end(owner: Object) -> bool:
    """Tell whether no member of a tenant is wanted any more, by its status of this generation."""
    told: Object = owner.get("status", {})
    is_resting = owner["spec"].get("state") == TenantState.DRAINING.value
    return bool(
        (is_resting or finalizing.is_ending(owner))
        and told.get("observedGeneration") == owner["metadata"]["generation"]
        and told.get("drain", {}).get("isDone")
    )


async def rest(hands: Hands, tenant: str, found: Object, runs: Verdict) -> Rest:
    """Bring a tenant closer to rest when it drains; nothing is closed for it.

    Args:
        runs: how it is when it does not drain.
    """
    if found["spec"].get("state") != TenantState.DRAINING.value:
        if "drain" not in found.get("status", {}):
            return Rest(runs, {}, ())
        wakes = await pools_to_wake(hands, tenant, found, is_done=False)
        return Rest(runs, RESET, wakes)
    left = await hands.centre.unresolved(tenant)
    is_done = left.is_nothing
    status = ending.status(left, is_done=is_done)
    wakes = await pools_to_wake(hands, tenant, found, is_done=is_done)
    if not is_done:
        told = f"{ending.counted(left)}. {ending.way_out()}"
        return Rest(waiting("Draining", told), status, wakes)
    if running := await members(hands, tenant):
        return Rest(waiting("MembersLeaving", f"still draining: {running}"), status, wakes)
    told = "nothing is open and no member runs; set state to Active to go on"
    return Rest(ready("Drained", told), status, wakes)


async def members(hands: Hands, tenant: str) -> str:
    """Return the names of members that still run; empty: none."""
    place = namespace_of(tenant)
    sets = await hands.kube.list(STATEFUL_SET, place, _MEMBERS)
    pods = await hands.kube.list(POD, place, _MEMBERS)
    names = {one["metadata"]["labels"]["app.kubernetes.io/instance"] for one in (*sets, *pods)}
    return ", ".join(sorted(names))


async def pools_to_wake(
    hands: Hands, tenant: str, found: Object, *, is_done: bool
) -> tuple[Ref, ...]:
    """Return the pools of a tenant whose status does not say yet that members may end."""
    if members_end(found) == is_done:
        return ()
    pools = await hands.kube.list(EXECUTION_NODE, namespace_of(tenant))
    return tuple(Ref.of(one) for one in pools)
