"""How does a tenant end? Openings are refused, its engine ends, its pools drain; its data stay.

The namespace stays, with documents and journals: to retain is the one policy that is honoured.
"""

import structlog

from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import TENANT_LABEL, TenantSpec
from ironbull_messages.words import TenantState
from ironbull_operator.conditions import waiting
from ironbull_operator.desired import engine
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    EXECUTION_NODE,
    NAMESPACE,
    POD,
    SECRET,
    Object,
    Ref,
)
from ironbull_operator.queue import Gone
from ironbull_operator.reconcile import finalizing
from ironbull_operator.reconcile.hands import Hands, Look

_log = structlog.get_logger()


async def end(hands: Hands, tenant: str, found: Object) -> Look | Gone:
    """Clear away what a deleted tenant had, once its pools are gone."""
    if not finalizing.is_held(found):
        return Gone()
    await _refuse_openings(hands, tenant, found)
    place = await hands.kube.get(Ref(NAMESPACE, namespace_of(tenant)))
    if place is not None and place["metadata"].get("labels", {}).get(TENANT_LABEL) == tenant:
        stands = await _clear(hands, tenant, has_secrets=not finalizing.is_ending(place))
        if stands:
            return Look(waiting("Ending", stands), {})
    await hands.authority.revoke_tenant(tenant)
    await finalizing.release(hands.kube, found)
    return Gone()


async def _refuse_openings(hands: Hands, tenant: str, found: Object) -> None:
    spec = TenantSpec.model_validate(found["spec"])
    suspended = spec.model_copy(update={"state": TenantState.SUSPENDED})
    try:
        await hands.centre.put_tenant(tenant, found, suspended)
    except Problem as problem:
        if problem.code is not Code.NAME_TAKEN:
            raise
        _log.warning("tenant.not_told", tenant=tenant, why=problem.detail)


async def _clear(hands: Hands, tenant: str, *, has_secrets: bool) -> str:
    """Remove the engine once its pods and all pools are gone; return what is waited for."""
    place = namespace_of(tenant)
    await hands.kube.delete(Ref(DEPLOYMENT, engine.NAME, place))
    pools = [one["metadata"]["name"] for one in await hands.kube.list(EXECUTION_NODE, place)]
    if pools:
        return f"waits until its ExecutionNodes are deleted: {', '.join(sorted(pools))}"
    if await hands.kube.list(POD, place, engine.selector(tenant)):
        return "the engine ends"
    await hands.kube.delete(Ref(CONFIG_MAP, engine.DOCUMENTS, place))
    if has_secrets:
        await hands.kube.delete(Ref(SECRET, engine.NAME, place))
    return ""
