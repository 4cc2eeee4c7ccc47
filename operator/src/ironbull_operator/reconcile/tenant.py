"""How does a Tenant come to life? Namespace, platform, merchant key, NATS account, engine."""

from collections.abc import Sequence
from dataclasses import dataclass

from ironbull_kit.nats_accounts import TenantClients
from ironbull_kit.nats_users import Client, ClientKind
from ironbull_messages.resources import TenantSpec
from ironbull_messages.words import TenantState
from ironbull_operator import applying
from ironbull_operator.conditions import Verdict, ready, waiting
from ironbull_operator.desired import documents, engine
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.kinds import (
    CONFIG_MAP,
    EXECUTION_NODE,
    STRATEGY,
    Object,
    Ref,
)
from ironbull_operator.queue import Gone, Outcome
from ironbull_operator.reconcile import (
    exposure,
    finalizing,
    merchant_key,
    place,
    quota,
    tenant_end,
)
from ironbull_operator.reconcile.hands import Hands, Look, look
from ironbull_operator.reconcile.live import is_available


@dataclass(frozen=True, slots=True)
class _Found:
    strategies: Sequence[Object]
    """The documents that should run."""
    members: tuple[str, ...]
    """Tokens of all members of all pools."""


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
    key = await merchant_key.keep(hands, tenant, found, spec)
    status = {"namespace": namespace_of(tenant), "engineToken": token, **key.status}
    way = await exposure.expose(hands, tenant, found, spec)
    status |= way.status
    runs = await _run(hands, tenant, spec, token)
    verdict = key.stands or way.stands or runs
    if verdict.reason != _last_reason(found):
        await _wake_all(hands, namespace_of(tenant))  # strategies tell whether the engine runs
    return Look(verdict, status)


async def _run(hands: Hands, tenant: str, spec: TenantSpec, token: str) -> Verdict:
    found = await _look_around(hands, tenant)
    await hands.authority.issue(
        Client(ClientKind.ENGINE, tenant, token), namespace_of(tenant), engine.NAME
    )
    await hands.authority.push(TenantClients(tenant, (token,), found.members))
    is_active = spec.state is TenantState.ACTIVE
    texts, wanted = engine.engine(
        hands.platform, tenant, token, found.strategies, is_active=is_active
    )
    await applying.ensure(hands.kube, texts)
    live = await applying.ensure(hands.kube, wanted)
    if not is_active:
        return ready(spec.state.value, "openings are refused; stops and closes go on")
    if not is_available(live):
        if stands := await quota.shortage(hands.kube, live):
            return waiting(quota.REASON, f"the engine: {stands}")
        return waiting("EngineStarting", "the engine is not ready yet")
    return ready("Active", f"{len(found.strategies)} strategies run")


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


async def _look_around(hands: Hands, tenant: str) -> _Found:
    here = namespace_of(tenant)

    def is_held(one: Object) -> bool:
        return hands.centre.holds_strategy(tenant, one["metadata"]["name"], one)

    strategies = documents.chosen(
        await hands.kube.list(STRATEGY, here),
        is_held,
        await hands.kube.get(Ref(CONFIG_MAP, engine.DOCUMENTS, here)),
    )
    members = [
        row["token"]
        for pool in await hands.kube.list(EXECUTION_NODE, here)
        for row in pool.get("status", {}).get("members", ())
    ]
    return _Found(strategies, tuple(sorted(members)))
