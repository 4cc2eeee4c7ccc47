"""How does a Tenant come to life? Namespace, platform, merchant key, NATS account, engine."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ironbull_kit.nats_accounts import TenantClients
from ironbull_kit.nats_users import Client, ClientKind
from ironbull_messages.resources import TENANT_LABEL, TenantSpec
from ironbull_messages.words import TenantState
from ironbull_operator import applying
from ironbull_operator.conditions import Verdict, ready, stalled, waiting
from ironbull_operator.desired import documents, engine, namespace
from ironbull_operator.desired.platform import labels, namespace_of
from ironbull_operator.installation import content, secret_object
from ironbull_operator.kinds import (
    CONFIG_MAP,
    EXECUTION_NODE,
    NAMESPACE,
    SECRET,
    STRATEGY,
    Object,
    Ref,
)
from ironbull_operator.kube import ConflictError
from ironbull_operator.queue import Gone, Outcome
from ironbull_operator.reconcile import finalizing, tenant_end
from ironbull_operator.reconcile.hands import Hands, Look, look
from ironbull_operator.reconcile.live import is_available

SECRET_BYTES: Final = 32


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
    if (stranger := await _adopt(hands, tenant)) is not None:
        return Look(stranger, {})
    await finalizing.hold(hands.kube, found)
    for thing in (
        namespace.rights(hands.platform, tenant),
        *namespace.bounds(tenant),
        *namespace.policies(hands.platform, tenant),
    ):
        await applying.ensure(hands.kube, thing)
    token = await hands.centre.put_tenant(tenant, found, spec)
    key = await _merchant_key(hands, tenant)
    status = {
        "namespace": namespace_of(tenant),
        "merchantKeySecret": key,
        "engineToken": token,
    }
    verdict = await _run(hands, tenant, spec, token)
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
        return waiting("EngineStarting", "the engine is not ready yet")
    return ready("Active", f"{len(found.strategies)} strategies run")


def _last_reason(found: Object) -> str | None:
    """Return the reason that was told last of this generation; None: nothing was told of it."""
    for row in found.get("status", {}).get("conditions", ()):
        if row["type"] == "Ready" and row["observedGeneration"] == found["metadata"]["generation"]:
            return str(row["reason"])
    return None


async def _wake_all(hands: Hands, place: str) -> None:
    """Have the tenant's documents looked at again."""
    for kind in (STRATEGY, EXECUTION_NODE):
        for one in await hands.kube.list(kind, place):
            hands.wake(Ref.of(one))


async def _adopt(hands: Hands, tenant: str) -> Verdict | None:
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


async def _merchant_key(hands: Hands, tenant: str) -> str:
    """Keep the key with which the tenant signs; one that exists is never made anew."""
    name = f"ironbull-merchant-{tenant}"
    fresh = {
        "key_id": f"mk_{secrets.token_hex(8)}",
        "secret": secrets.token_urlsafe(SECRET_BYTES),
    }
    here = hands.platform.namespace
    stored = await hands.kube.get(Ref(SECRET, name, here))
    if stored is None:
        marks = labels(tenant, "merchant-key", tenant)
        try:
            stored = await hands.kube.create(secret_object(here, name, fresh, marks))
        except ConflictError:
            stored = await hands.kube.get(Ref(SECRET, name, here)) or {}
    texts = content(stored)
    await hands.centre.put_merchant_key(tenant, texts["key_id"], texts["secret"])
    return name


async def _look_around(hands: Hands, tenant: str) -> _Found:
    place = namespace_of(tenant)

    def is_held(one: Object) -> bool:
        return hands.centre.holds_strategy(tenant, one["metadata"]["name"], one)

    strategies = documents.chosen(
        await hands.kube.list(STRATEGY, place),
        is_held,
        await hands.kube.get(Ref(CONFIG_MAP, engine.DOCUMENTS, place)),
    )
    members = [
        row["token"]
        for pool in await hands.kube.list(EXECUTION_NODE, place)
        for row in pool.get("status", {}).get("members", ())
    ]
    return _Found(strategies, tuple(sorted(members)))
