"""How do the members of an ExecutionNode run? Told, given credentials, one StatefulSet each."""

from collections.abc import Sequence
from typing import Any

from ironbull_kit.nats_users import Client, ClientKind
from ironbull_messages.resources import ExecutionNodeSpec, TenantSpec
from ironbull_messages.words import Environment, VenueType
from ironbull_operator import applying
from ironbull_operator.conditions import Verdict, ready, stalled, waiting
from ironbull_operator.desired.leaving import Leaver
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.desired.pool import Member, member_set, pool_objects, selector
from ironbull_operator.desired.troubles import Trouble
from ironbull_operator.kinds import TENANT, Object, Ref
from ironbull_operator.queue import Gone, Outcome
from ironbull_operator.reconcile import finalizing, pool_end, troubles
from ironbull_operator.reconcile.hands import Hands, Look, look
from ironbull_operator.reconcile.leaving import let_go
from ironbull_operator.reconcile.members import Standing, run
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
    venue = _venue(TenantSpec.model_validate(owner["spec"]), spec.venue)
    if venue is None:
        return Look(stalled("VenueUnknown", f"Tenant {tenant} has no venue {spec.venue!r}"), {})
    await finalizing.hold(hands.kube, found)
    told = await hands.centre.put_node(tenant, ref.name, found, spec)
    members = [Member(tenant, ref.name, index, token) for index, token in told]
    for thing in pool_objects(tenant, ref.name):
        await applying.ensure(hands.kube, thing)
    for member in members:
        client = Client(ClientKind.MEMBER, tenant, member.token)
        await hands.authority.issue(client, namespace_of(tenant), member.name)
    wanted = [member_set(hands.platform, member, spec, venue) for member in members]
    standing = await run(hands, ref, wanted)
    before = found.get("status", {}).get("members", [])
    leaving = await let_go(hands, ref, {member.name for member in members}, before)
    status = _status(ref.name, members, standing, leaving)
    # NATS must hear of them.
    wakes = (Ref(TENANT, tenant),) if status["members"] != before else ()
    missing = [one.name for one in members if one.name not in standing.serving]
    trouble = await troubles.find(hands, ref, missing) if missing else None
    verdict = _verdict(missing, trouble, standing, leaving)
    return Look(verdict or ready("Serving", _all(len(members))), status, wakes)


def _status(
    pool: str, members: Sequence[Member], standing: Standing, leaving: Sequence[Leaver]
) -> dict[str, Any]:
    """Tell of the members, also of those that leave: NATS lets in whom a status names."""
    rows = [
        {"name": one.name, "token": one.token, "isReady": one.name in standing.serving}
        for one in members
    ]
    rows += [
        {"name": one.name, "token": one.token, "isReady": False}
        for one in leaving
        if one.token is not None
    ]
    return {
        "replicas": len(members),
        "readyReplicas": sum(row["isReady"] is True for row in rows),
        "selector": ",".join(f"{key}={value}" for key, value in selector(pool).items()),
        "members": rows,
    }


def _verdict(
    missing: Sequence[str],
    trouble: Trouble | None,
    standing: Standing,
    leaving: Sequence[Leaver],
) -> Verdict | None:
    """Return what the pool waits for; None: nothing."""
    rest = f"; {', '.join(standing.waiting)} run as before until then" if standing.waiting else ""
    if trouble is not None:
        return waiting(trouble.reason, f"{trouble.message}{rest}")
    if missing or rest:
        reason = "MembersUpdating" if rest else "MembersStarting"
        return waiting(reason, f"not ready yet: {', '.join(missing)}{rest}")
    if leaving:
        return waiting(
            "MembersLeaving", f"still draining: {', '.join(one.name for one in leaving)}"
        )
    return None


def _all(count: int) -> str:
    return f"{count} of {count} members are ready"


def _venue(tenant: TenantSpec, name: str) -> VenueType | None:
    for venue in tenant.venues:
        if venue.name == name and venue.environment is Environment.PAPER:
            return venue.type
    return None
