"""How does a Tenant come to life? Namespace, platform, merchant key, NATS account, engine."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from ironbull_kit.nats_accounts import AccountLimits, TenantClients
from ironbull_messages.resources import Messaging, TenantSpec
from ironbull_messages.words import TenantState
from ironbull_operator.conditions import Verdict, ready, reason_of, stalled, told
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.kinds import (
    EXECUTION_NODE,
    STRATEGY,
    Object,
    Ref,
)
from ironbull_operator.queue import Gone, Outcome
from ironbull_operator.reconcile import (
    draining,
    engines,
    exposure,
    finalizing,
    merchant_key,
    place,
    strategy_end,
    tenant_end,
)
from ironbull_operator.reconcile.hands import Hands, Look, look
from ironbull_operator.reconcile.live import BRIEF

ACTIVE: Final = "Active"


async def reconcile(hands: Hands, ref: Ref) -> Outcome:
    """Give a tenant all that it has beside its documents."""

    async def work(found: Object) -> Look | Gone:
        if finalizing.is_ending(found):
            return await tenant_end.end(hands, ref.name, found)
        return await _tenant(hands, ref.name, found)

    return await look(hands, ref, work)


async def _tenant(hands: Hands, tenant: str, found: Object) -> Look:
    spec = TenantSpec.model_validate(found["spec"])
    if (stranger := await place.adopt(hands, tenant)) is not None:
        return Look(stranger, {})
    await finalizing.hold(hands.kube, found)
    await place.furnish(hands, tenant, spec)
    is_known = hands.centre.knows_tenant(tenant, found)
    token = await hands.centre.put_tenant(tenant, found, spec)
    if not is_known:
        await _wake(hands, tenant)
    await strategy_end.end_gone(hands, tenant)
    key = await merchant_key.keep(hands, tenant, found, spec)
    status = {"namespace": namespace_of(tenant), "engineToken": token, **key.status}
    way = await exposure.expose(hands, tenant, found, spec)
    status |= way.status
    rests = await draining.rest(hands, tenant, found, await _run(hands, tenant, spec, token))
    verdict = key.stands or way.stands or rests.verdict
    if concerns_all(found, verdict, hands.now()):
        await _wake(hands, tenant)
    return Look(verdict, status | rests.status, rests.wakes, hands.authority.look_every)


async def _run(hands: Hands, tenant: str, spec: TenantSpec, token: str) -> Verdict:
    members, plan = await _members(hands, tenant), await engines.plan(hands, tenant)
    tokens = engines.tokens(token, plan)
    await hands.authority.push(TenantClients(tenant, tokens, members, _limits(spec.messaging)))
    is_active = spec.state is TenantState.ACTIVE
    stands = await engines.run(hands, tenant, token, plan, is_active=is_active)
    if stands is None:
        await _wake(hands, tenant, lambda one: reason_of(one) == engines.STARTING)
    if not is_active:
        return ready(spec.state.value, "openings are refused; stops and closes go on")
    few = _too_few(spec.messaging, len(tokens) + len(members))
    return few or stands or ready(ACTIVE, f"{plan.running} strategies run")


def _too_few(messaging: Messaging, clients: int) -> Verdict | None:
    """Tell that not all of so many engines and members can connect; None: they can."""
    if messaging.connections is None or messaging.connections >= clients:
        return None
    why = (
        f"spec.messaging.connections {messaging.connections} is less than the {clients} engines "
        "and members that have to connect; raise it, or take it out"
    )
    return stalled("TooFewConnections", why)


def _limits(messaging: Messaging) -> AccountLimits:
    return AccountLimits(messaging.connections, messaging.payload_bytes, messaging.subscriptions)


def concerns_all(found: Object, verdict: Verdict, now: datetime) -> bool:
    """Tell whether all documents of a tenant should be looked at again for how it is now.

    While its engine starts anew, as it does for each edit, they go on as they were; of one that
    takes long they hear.
    """
    before = told(found)
    if before is None:
        return False
    if before["reason"] != verdict.reason:
        return {before["reason"], verdict.reason} != {ACTIVE, engines.STARTING}
    since = datetime.fromisoformat(before["lastTransitionTime"])
    return verdict.reason == engines.STARTING and now - since >= BRIEF


async def _wake(
    hands: Hands, tenant: str, is_meant: Callable[[Object], bool] = lambda _: True
) -> None:
    """Have the tenant's documents looked at again that are meant."""
    for kind in (STRATEGY, EXECUTION_NODE):
        for one in await hands.kube.list(kind, namespace_of(tenant)):
            if is_meant(one):
                hands.wake(Ref.of(one))


async def _members(hands: Hands, tenant: str) -> tuple[str, ...]:
    """Return the tokens of all members of all pools."""
    rows = [
        row["token"]
        for pool in await hands.kube.list(EXECUTION_NODE, namespace_of(tenant))
        for row in pool.get("status", {}).get("members", ())
    ]
    return tuple(sorted(rows))
