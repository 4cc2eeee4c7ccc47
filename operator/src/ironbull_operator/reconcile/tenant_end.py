"""How does a tenant end? Openings are refused, engine and members end, then the rest is removed.

In this order: openings refused, engine ended, what is open waited for, members drained, users of
NATS revoked, the way in taken away; with deletionPolicy Delete its namespace and its objects in the
platform's; then the platform closes it, and only then the object may go.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import TENANT_LABEL, TenantSpec
from ironbull_messages.words import DeletionPolicy, TenantState
from ironbull_operator.conditions import stalled, waiting
from ironbull_operator.desired import ending, engine, merchant_key
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    NAMESPACE,
    POD,
    SECRET,
    Object,
    Ref,
)
from ironbull_operator.queue import Gone
from ironbull_operator.reconcile import draining, exposure, finalizing
from ironbull_operator.reconcile.hands import Hands, Look

SETTLE_FOR: Final = timedelta(seconds=60)
"""So long orders under way may take before somebody is called for."""

_ENGINES: Final = {"app.kubernetes.io/name": engine.NAME}

_log = structlog.get_logger()


async def end(hands: Hands, tenant: str, found: Object) -> Look | Gone:
    """Bring a deleted tenant closer to its end."""
    if not finalizing.is_held(found):
        return Gone()
    await _refuse_openings(hands, tenant, found)
    place = await _place(hands, tenant)
    if place is not None and (stands := await _end_engine(hands, tenant)):
        return Look(waiting("Ending", stands), {})
    left = await hands.centre.unresolved(tenant)
    is_done = left.is_nothing or ending.is_forced(found)
    status = ending.status(left, is_done=is_done)
    if not is_done:
        out = f"{ending.way_out()}. {ending.give_up('tenant', tenant)}"
        told = f"{ending.counted(left)}. {out}"
        is_late = left.needs_somebody or _age(hands, found) > SETTLE_FOR
        verdict = stalled("UnresolvedOrders", told) if is_late else waiting("Ending", told)
        return Look(verdict, status, again=draining.LOOK_AGAIN)
    if place is not None and (running := await draining.members(hands, tenant)):
        wakes = await draining.pools_to_wake(hands, tenant, found, is_done=True)
        return Look(waiting("Ending", f"its members drain: {running}"), status, wakes)
    await hands.authority.revoke_tenant(tenant)
    if stands := await _remove(hands, tenant, found, place):
        return Look(waiting("Ending", stands), status)
    is_erased = _policy(found) is DeletionPolicy.DELETE
    await hands.centre.end_tenant(
        tenant, found, is_erased=is_erased, is_forced=ending.is_forced(found)
    )
    await finalizing.release(hands.kube, found)
    return Gone()


async def _refuse_openings(hands: Hands, tenant: str, found: Object) -> None:
    spec = TenantSpec.stored(found["spec"])
    suspended = spec.model_copy(update={"state": TenantState.SUSPENDED})
    try:
        await hands.centre.put_tenant(tenant, found, suspended)
    except Problem as problem:
        if problem.code is not Code.NAME_TAKEN:
            raise
        _log.warning("tenant.not_told", tenant=tenant, why=problem.detail)


async def _place(hands: Hands, tenant: str) -> Object | None:
    """Return the tenant's namespace; None: there is none, or it is somebody else's."""
    place = await hands.kube.get(Ref(NAMESPACE, namespace_of(tenant)))
    if place is None or place["metadata"].get("labels", {}).get(TENANT_LABEL) != tenant:
        return None
    return place


async def _end_engine(hands: Hands, tenant: str) -> str:
    """End the engine; return what is waited for."""
    place = namespace_of(tenant)
    for one in await hands.kube.list(DEPLOYMENT, place, _ENGINES):
        await hands.kube.delete(Ref.of(one))
    return "its engine ends" if await hands.kube.list(POD, place, _ENGINES) else ""


async def _remove(hands: Hands, tenant: str, found: Object, place: Object | None) -> str:
    """Remove what the policy does not retain; return what is waited for."""
    await exposure.remove(hands, tenant)
    is_ending = place is not None and finalizing.is_ending(place)
    if _policy(found) is DeletionPolicy.RETAIN:
        if place is not None:
            await _remove_engines(hands, tenant, has_secrets=not is_ending)
        return ""
    if place is not None:
        if not is_ending:
            await hands.kube.delete(Ref.of(place), place["metadata"]["uid"])
        return f"namespace {namespace_of(tenant)} is being removed"
    here = hands.platform.namespace
    await hands.kube.delete(Ref(SECRET, merchant_key.name_of(tenant), here))
    await hands.authority.remove_account(tenant)
    return ""


async def _remove_engines(hands: Hands, tenant: str, *, has_secrets: bool) -> None:
    """Remove what engines read; with a namespace our right to its Secrets goes, and they with it.

    Args:
        has_secrets: whether they are ours to remove.
    """
    place = namespace_of(tenant)
    for one in await hands.kube.list(CONFIG_MAP, place, _ENGINES):
        if has_secrets:
            secret = engine.secret_of(engine.owner_of(one))
            await hands.kube.delete(Ref(SECRET, secret, place))
        await hands.kube.delete(Ref.of(one))


def _policy(found: Object) -> DeletionPolicy:
    return TenantSpec.stored(found["spec"]).deletion_policy


def _age(hands: Hands, found: Object) -> timedelta:
    """Return for how long the object has been ending."""
    return hands.now() - datetime.fromisoformat(found["metadata"]["deletionTimestamp"])
