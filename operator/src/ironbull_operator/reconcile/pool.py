"""How do the members of an ExecutionNode come to work? The platform is told, then they are run."""

from dataclasses import replace

from ironbull_messages.resources import ExecutionNodeSpec, TenantSpec
from ironbull_operator.conditions import Verdict, ready, stalled, waiting
from ironbull_operator.desired import exchange
from ironbull_operator.desired.pool import Member
from ironbull_operator.kinds import TENANT, Object, Ref
from ironbull_operator.queue import Gone, Outcome
from ironbull_operator.reconcile import draining, finalizing, in_pods, pool_end, remote
from ironbull_operator.reconcile.hands import Hands, Look, look
from ironbull_operator.reconcile.pool_facts import Pool
from ironbull_operator.reconcile.strategy import no_tenant, tenant_of


async def reconcile(hands: Hands, ref: Ref) -> Outcome:
    """Run the members that a pool should have, and none other."""

    async def work(found: Object) -> Look | Gone:
        if finalizing.is_ending(found):
            return await pool_end.end(hands, ref, found)
        return await _pool(hands, ref, found)

    return await look(hands, ref, work)


async def _pool(hands: Hands, ref: Ref, found: Object) -> Look:
    tenant = await tenant_of(hands, ref)
    if tenant is None:
        return Look(stalled("NoTenant", no_tenant(ref)), {})
    spec = ExecutionNodeSpec.model_validate(found["spec"])
    owner = await hands.kube.get(Ref(TENANT, tenant))
    if owner is None:
        return Look(waiting("NoTenant", f"Tenant {tenant} does not exist yet"), {})
    venues = TenantSpec.stored(owner["spec"]).venues
    venue = exchange.find(hands.platform, tenant, venues, spec.venue, spec.location)
    if isinstance(venue, Verdict):
        return Look(venue, {})
    await finalizing.hold(hands.kube, found)
    if not hands.centre.knows_tenant(tenant, owner):
        return Look(waiting("NoTenant", f"the platform was not told of Tenant {tenant} yet"), {})
    if is_ended := draining.members_end(owner):
        spec = spec.model_copy(update={"replicas": 0, "autoscaling": None})
    told = await hands.centre.put_node(tenant, ref.name, found, spec)
    members = [Member(tenant, ref.name, index, token) for index, token in told]
    pool = Pool(ref, found, tenant, spec, venue, members)
    is_here = spec.location.remote is None
    look_after = in_pods.look_after if is_here else remote.look_after
    seen = await look_after(hands, pool)
    if is_ended and seen.verdict.is_ready:
        why = f"Tenant {tenant} drains or is deleted, so no member is wanted"
        return replace(seen, verdict=ready("Drained", why))
    return seen
