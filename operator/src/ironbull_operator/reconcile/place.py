"""Is a tenant's namespace there, ours, and walled as its document says?"""

from collections import defaultdict

from ironbull_messages.resources import TENANT_LABEL, TenantSpec
from ironbull_operator import applying
from ironbull_operator.conditions import Verdict, stalled, waiting
from ironbull_operator.desired import namespace, walls
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.kinds import EXECUTION_NODE, NAMESPACE, NETWORK_POLICY, Ref
from ironbull_operator.reconcile import quota
from ironbull_operator.reconcile.hands import Hands


async def adopt(hands: Hands, tenant: str) -> Verdict | None:
    """Make or adopt the tenant's namespace; return what stands in the way."""
    wanted = namespace.namespace(tenant)
    live = await hands.kube.get(Ref(NAMESPACE, namespace_of(tenant)))
    if live is not None:
        if live["metadata"].get("deletionTimestamp"):
            return waiting("NamespaceEnding", f"namespace {namespace_of(tenant)} is being deleted")
        if live["metadata"].get("labels", {}).get(TENANT_LABEL) != tenant:
            return stalled(
                "NamespaceNotOurs",
                f"namespace {namespace_of(tenant)} exists without the label "
                f"{TENANT_LABEL}={tenant}; label it, or name the tenant otherwise",
            )
    await applying.ensure(hands.kube, wanted)
    return None


async def furnish(hands: Hands, tenant: str, spec: TenantSpec) -> None:
    """Give the namespace what it holds before anything runs in it."""
    await applying.ensure(hands.kube, namespace.rights(hands.platform, tenant))
    await _bound(hands, tenant, spec)
    await _wall(hands, tenant, spec)


async def _bound(hands: Hands, tenant: str, spec: TenantSpec) -> None:
    for wanted in namespace.bounds(tenant, spec.limits):
        before = await hands.kube.get(Ref.of(wanted))
        after = await applying.ensure_over(hands.kube, wanted, before)
        if before is not None and before["spec"] != after["spec"]:
            await quota.nudge(hands.kube, after)


async def _wall(hands: Hands, tenant: str, spec: TenantSpec) -> None:
    """Have just the policies that are wanted; the new ones stand before an old one falls."""
    here = namespace_of(tenant)
    pools: dict[str, list[str]] = defaultdict(list)
    for pool in await hands.kube.list(EXECUTION_NODE, here):
        pools[pool["spec"]["venue"]].append(pool["metadata"]["name"])
    ours = namespace.metadata(tenant, "")["labels"]
    live = {Ref.of(one): one for one in await hands.kube.list(NETWORK_POLICY, here, ours)}
    for wanted in walls.policies(hands.platform, tenant, spec.venues, pools):
        await applying.ensure_over(hands.kube, wanted, live.pop(Ref.of(wanted), None))
    for stranger in live:
        await hands.kube.delete(stranger)
