"""How does a pool end? Accounts are handed over, members drain, then what it had is removed."""

from typing import Final

import structlog

from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import ExecutionNodeSpec
from ironbull_operator.conditions import waiting
from ironbull_operator.desired.platform import tenant_named
from ironbull_operator.desired.pool import DISRUPTION_BUDGET
from ironbull_operator.kinds import NAMESPACE, SERVICE, TENANT, Object, Ref
from ironbull_operator.queue import Gone
from ironbull_operator.reconcile import finalizing, remote
from ironbull_operator.reconcile.hands import Hands, Look
from ironbull_operator.reconcile.leaving import let_go

_NOT_HELD: Final = frozenset({Code.NO_TENANT, Code.NAME_TAKEN, Code.VENUE_UNKNOWN})
"""With these the platform says that it runs no such pool of ours."""

_log = structlog.get_logger()


async def end(hands: Hands, ref: Ref, found: Object) -> Look | Gone:
    """Clear away what a deleted pool had; its journals stay."""
    if not finalizing.is_held(found):
        return Gone()
    tenant = tenant_named(ref.namespace or "")
    spec = ExecutionNodeSpec.stored(found["spec"])
    await _tell(hands, tenant, ref.name, found, spec)
    place = await hands.kube.get(Ref(NAMESPACE, ref.namespace or ""))
    rows = found.get("status", {}).get("members", [])
    # With the namespace our right to its Secrets goes, and the cluster removes them.
    has_secrets = place is not None and not finalizing.is_ending(place)
    staying = [] if spec.location.remote is None else await remote.staying(hands, ref, tenant, rows)
    gone = [row for row in rows if row not in staying]
    leaving = await let_go(hands, ref, frozenset(), gone, has_secrets=has_secrets)
    names = {one.name for one in leaving} | {row["name"] for row in staying}
    if names:
        left = [{**row, "isReady": False} for row in rows if row["name"] in names]
        status = {"replicas": 0, "readyReplicas": 0, "members": left}
        wakes = (Ref(TENANT, tenant),) if left != rows else ()
        verdict = waiting("Ending", f"still draining: {', '.join(sorted(names))}")
        return Look(verdict, status, wakes)
    for kind in (SERVICE, DISRUPTION_BUDGET):
        await hands.kube.delete(Ref(kind, ref.name, ref.namespace))
    await hands.centre.end_node(tenant, ref.name, found)
    await finalizing.release(hands.kube, found)
    hands.wake(Ref(TENANT, tenant))
    return Gone()


async def _tell(
    hands: Hands, tenant: str, pool: str, found: Object, spec: ExecutionNodeSpec
) -> None:
    """Tell the platform that no member is wanted, so that it hands their accounts over."""
    nobody = spec.model_copy(update={"replicas": 0, "autoscaling": None})
    try:
        await hands.centre.put_node(tenant, pool, found, nobody)
    except Problem as problem:
        if problem.code not in _NOT_HELD:
            raise
        _log.warning("pool.not_told", tenant=tenant, pool=pool, why=problem.detail)
