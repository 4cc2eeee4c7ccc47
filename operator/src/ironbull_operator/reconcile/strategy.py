"""How does a Strategy run? The platform checks it, and the tenant's engine takes it up."""

from ironbull_messages.resources import TENANT_LABEL, StrategySpec, strategy_version
from ironbull_messages.words import DesiredState
from ironbull_operator.conditions import ready, stalled, waiting
from ironbull_operator.desired import engine
from ironbull_operator.desired.platform import tenant_named
from ironbull_operator.kinds import DEPLOYMENT, NAMESPACE, TENANT, Object, Ref
from ironbull_operator.queue import Outcome
from ironbull_operator.reconcile.hands import Hands, Look, look
from ironbull_operator.reconcile.live import is_available


async def reconcile(hands: Hands, ref: Ref) -> Outcome:
    """Tell the platform of a strategy and say whether it runs."""

    async def work(found: Object) -> Look:
        return await _strategy(hands, ref, found)

    return await look(hands, ref, work)


async def _strategy(hands: Hands, ref: Ref, found: Object) -> Look:
    tenant = await tenant_of(hands, ref)
    if tenant is None:
        return Look(stalled("NoTenant", no_tenant(ref)), {"version": ""})
    spec = StrategySpec.model_validate(found["spec"])
    is_new = await hands.centre.put_strategy(tenant, ref.name, found, spec)
    version = strategy_version(spec)
    accepted = {"version": version}
    is_other = is_new or found.get("status", {}).get("version") != version
    wakes = (Ref(TENANT, tenant),) if is_other else ()
    if spec.desired_state is not DesiredState.RUNNING:
        return Look(ready(spec.desired_state.value), accepted, wakes)
    live = await hands.kube.get(Ref(DEPLOYMENT, engine.NAME, ref.namespace))
    if live is None or live["spec"]["replicas"] == 0 or not is_available(live):
        verdict = waiting("EngineStarting", "the tenant's engine is not ready yet")
        return Look(verdict, accepted, wakes)
    return Look(ready("Running"), accepted, wakes)


async def tenant_of(hands: Hands, ref: Ref) -> str | None:
    """Return whose namespace an object lies in, by its name and label; None: nobody's."""
    if ref.namespace is None:
        return None
    namespace = await hands.kube.get(Ref(NAMESPACE, ref.namespace))
    if namespace is None:
        return None
    tenant = tenant_named(ref.namespace)
    is_marked = namespace["metadata"].get("labels", {}).get(TENANT_LABEL) == tenant
    return tenant if is_marked else None


def no_tenant(ref: Ref) -> str:
    """Say what is missing where an object lies in nobody's namespace."""
    return (
        f"namespace {ref.namespace} has no label {TENANT_LABEL}; "
        f"put the {ref.kind.name} into ironbull-<tenant>"
    )
