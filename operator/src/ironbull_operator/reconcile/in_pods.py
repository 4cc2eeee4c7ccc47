"""How do the members of a pool run in the cluster? Given credentials, one StatefulSet each."""

from collections.abc import Sequence

from ironbull_kit.nats_users import Client, ClientKind
from ironbull_operator import applying
from ironbull_operator.conditions import Verdict, ready, stalled, waiting
from ironbull_operator.desired import image
from ironbull_operator.desired.autoscaler import autoscaler
from ironbull_operator.desired.leaving import Leaver
from ironbull_operator.desired.platform import POOL_LABEL, namespace_of
from ironbull_operator.desired.pool import member_set, pool_objects, selector
from ironbull_operator.desired.troubles import Trouble
from ironbull_operator.kinds import HORIZONTAL_POD_AUTOSCALER, STATEFUL_SET, TENANT, Ref
from ironbull_operator.reconcile import troubles
from ironbull_operator.reconcile.hands import Hands, Look
from ironbull_operator.reconcile.leaving import let_go
from ironbull_operator.reconcile.members import Standing, run
from ironbull_operator.reconcile.pool_facts import Pool, told


async def look_after(hands: Hands, pool: Pool) -> Look:
    """Run the members that the pool should have, and none other."""
    chosen = await _image(hands, pool)
    if not image.is_allowed(chosen.image, (hands.platform.node_image, *hands.platform.node_images)):
        return Look(_not_allowed(hands, chosen.image), {})
    for thing in pool_objects(pool.tenant, pool.ref.name):
        await applying.ensure(hands.kube, thing)
    await _autoscale(hands, pool)
    for member in pool.members:
        client = Client(ClientKind.MEMBER, pool.tenant, member.token)
        await hands.authority.issue(client, namespace_of(pool.tenant), member.name)
    wanted = [
        member_set(hands.platform, member, pool.spec, pool.venue, chosen.image)
        for member in pool.members
    ]
    standing = await run(hands, pool.ref, wanted)
    leaving = await let_go(hands, pool.ref, pool.names, pool.rows)
    rows = [
        {"name": one.name, "token": one.token, "isReady": False}
        for one in leaving
        if one.token is not None
    ]
    status = {
        **told(pool, standing.serving, rows),
        "selector": ",".join(f"{key}={value}" for key, value in selector(pool.ref.name).items()),
        "image": chosen.image,
        "isAutoscaled": pool.spec.autoscaling is not None,
    }
    # NATS must hear of them.
    wakes = (Ref(TENANT, pool.tenant),) if status["members"] != pool.rows else ()
    missing = [one.name for one in pool.members if one.name not in standing.serving]
    trouble = await troubles.find(hands, pool.ref, missing) if missing else None
    verdict = _verdict(missing, trouble, standing, leaving)
    verdict = verdict or _serving(len(pool.members), chosen)
    return Look(verdict, status, wakes, hands.authority.look_every)


async def _image(hands: Hands, pool: Pool) -> image.Choice:
    before = pool.found.get("status", {}).get("image") or None
    live = (
        []
        if before
        else await hands.kube.list(STATEFUL_SET, pool.ref.namespace, {POOL_LABEL: pool.ref.name})
    )
    return image.choose(pool.spec, before, live, hands.platform.node_image)


def _not_allowed(hands: Hands, named: str) -> Verdict:
    places = ", ".join(dict.fromkeys(hands.platform.node_images))
    return stalled(
        "ImageNotAllowed",
        f"spec.image: {named} is not from a place that this installation allows ({places}); "
        "name one from there, or have the chart's value images.allowed name its place",
    )


async def _autoscale(hands: Hands, pool: Pool) -> None:
    """Keep the autoscaler that is wanted, and none else."""
    if pool.spec.autoscaling is not None:
        wanted = autoscaler(pool.tenant, pool.found, pool.spec.autoscaling)
        await applying.ensure(hands.kube, wanted)
    elif pool.found.get("status", {}).get("isAutoscaled", False):
        ref = Ref(HORIZONTAL_POD_AUTOSCALER, pool.ref.name, pool.ref.namespace)
        await hands.kube.delete(ref)


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


def _serving(count: int, chosen: image.Choice) -> Verdict:
    said = f"{count} of {count} members are ready"
    if chosen.newer is not None:
        said += (
            f"; they run {chosen.image}, the operator brings {chosen.newer}: "
            "name it in spec.image, or set updatePolicy Automatic, to take it over"
        )
    return ready("Serving", said)
