"""How does a Tenant come to life? Namespace, platform, merchant key, NATS account, engine."""

from ironbull_kit.nats_accounts import AccountLimits, TenantClients
from ironbull_messages.resources import Messaging, TenantSpec
from ironbull_messages.words import TenantState
from ironbull_operator.conditions import Verdict, ready, stalled
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
    token = await hands.centre.put_tenant(tenant, found, spec)
    await strategy_end.end_gone(hands, tenant)
    key = await merchant_key.keep(hands, tenant, found, spec)
    status = {"namespace": namespace_of(tenant), "engineToken": token, **key.status}
    way = await exposure.expose(hands, tenant, found, spec)
    status |= way.status
    rests = await draining.rest(hands, tenant, found, await _run(hands, tenant, spec, token))
    verdict = key.stands or way.stands or rests.verdict
    if verdict.reason != _last_reason(found):
        await _wake_all(hands, namespace_of(tenant))  # strategies tell whether the engine runs
    return Look(verdict, status | rests.status, rests.wakes, hands.authority.look_every)


async def _run(hands: Hands, tenant: str, spec: TenantSpec, token: str) -> Verdict:
    members, plan = await _members(hands, tenant), await engines.plan(hands, tenant)
    tokens = engines.tokens(token, plan)
    await hands.authority.push(TenantClients(tenant, tokens, members, _limits(spec.messaging)))
    is_active = spec.state is TenantState.ACTIVE
    stands = await engines.run(hands, tenant, token, plan, is_active=is_active)
    if not is_active:
        return ready(spec.state.value, "openings are refused; stops and closes go on")
    few = _too_few(spec.messaging, len(tokens) + len(members))
    return few or stands or ready("Active", f"{plan.running} strategies run")


def _too_few(messaging: Messaging, clients: int) -> Verdict | None:
    """Tell that not all of so many engines and members can connect; None: they can."""
    if messaging.connections is None or messaging.connections >= clients:
        return None
    told = (
        f"spec.messaging.connections {messaging.connections} is less than the {clients} engines "
        "and members that have to connect; raise it, or take it out"
    )
    return stalled("TooFewConnections", told)


def _limits(messaging: Messaging) -> AccountLimits:
    return AccountLimits(messaging.connections, messaging.payload_bytes, messaging.subscriptions)


def _last_reason(found: Object) -> str | None:
    """Return the reason that was told last of this generation; None: nothing was told of it."""
    for row in found.get("status", {}).get("conditions", ()):
        if row["type"] == "Ready" and row["observedGeneration"] == found["metadata"]["generation"]:
            return str(row["reason"])
    return None


async def _wake_all(hands: Hands, here: str) -> None:
    """Have the tenant's documents looked at again."""
    for kind in (STRATEGY, EXECUTION_NODE):
        for one in await hands.kube.list(kind, here):
            hands.wake(Ref.of(one))


async def _members(hands: Hands, tenant: str) -> tuple[str, ...]:
    """Return the tokens of all members of all pools."""
    rows = [
        row["token"]
        for pool in await hands.kube.list(EXECUTION_NODE, namespace_of(tenant))
        for row in pool.get("status", {}).get("members", ())
    ]
    return tuple(sorted(rows))
