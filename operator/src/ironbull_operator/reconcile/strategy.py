"""How does a Strategy run? The platform checks it, and the tenant's engine takes it up."""

from typing import Final

from ironbull_messages.problems import Problem
from ironbull_messages.resources import TENANT_LABEL, StrategySpec, strategy_version
from ironbull_messages.words import DesiredState, KillSwitch, Placement
from ironbull_operator.conditions import Verdict, ready, stalled, told, waiting
from ironbull_operator.desired import engine
from ironbull_operator.desired.documents import document
from ironbull_operator.desired.platform import tenant_named
from ironbull_operator.kinds import CONFIG_MAP, DEPLOYMENT, NAMESPACE, TENANT, Object, Ref
from ironbull_operator.queue import Outcome
from ironbull_operator.reconcile.engines import STARTING
from ironbull_operator.reconcile.hands import Hands, Look, look, refusal
from ironbull_operator.reconcile.live import is_available, is_briefly_away

NOTHING_OPENS: Final = "nothing is opened; stops and closes of what is open go on"


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
    if (stands := await unknown(hands, tenant)) is not None:
        return Look(stands, {})
    try:
        is_new = await hands.centre.put_strategy(tenant, ref.name, found, spec)
    except Problem as problem:  # its switch may have been turned nevertheless
        return Look(refusal(problem), _switch(hands, tenant, ref.name))
    version = strategy_version(spec)
    status = {"version": version, **_switch(hands, tenant, ref.name)}
    is_other = is_new or found.get("status", {}).get("version") != version
    wakes = (Ref(TENANT, tenant),) if is_other else ()
    return Look(await _running(hands, tenant, ref, found, spec), status, wakes)


async def _running(
    hands: Hands, tenant: str, ref: Ref, found: Object, spec: StrategySpec
) -> Verdict:
    if spec.desired_state is not DesiredState.RUNNING:
        return ready(spec.desired_state.value, NOTHING_OPENS)
    own = ref.name if spec.placement is Placement.DEDICATED else None
    if not await _is_run(hands, ref, found, own):
        whose = "the tenant's" if own is None else "its own"
        return waiting(STARTING, f"{whose} engine, {engine.name_of(own)}, is not ready yet")
    switch = hands.centre.switches.of(tenant, ref.name)
    if switch is None or switch["effective"] != KillSwitch.TRIPPED:
        return ready("Running")
    return ready("KillSwitchTripped", _tripped(switch, spec, hands, (tenant, ref.name)))


async def _is_run(hands: Hands, ref: Ref, found: Object, own: str | None) -> bool:
    """Tell whether an engine runs a strategy just as its document says.

    One that did goes on while its engine starts anew, as it does for each edit of a neighbour.
    """
    live = await hands.kube.get(Ref(DEPLOYMENT, engine.name_of(own), ref.namespace))
    if live is None or live["spec"]["replicas"] == 0:
        return False
    before = told(found)
    if before is not None and before["status"] == "True":
        return is_available(live) or is_briefly_away(live, hands.now())
    texts = await hands.kube.get(Ref(CONFIG_MAP, engine.documents_of(own), ref.namespace))
    wanted = document(ref.name, ref.namespace or "", found["spec"])
    return is_available(live) and engine.reads(texts, live, wanted)


def _tripped(switch: Object, spec: StrategySpec, hands: Hands, which: tuple[str, str]) -> str:
    why = hands.centre.switches.reason(*which)
    told = f"tripped by {switch.get('by', '')} at {switch.get('at', '')}" + f" ({why})" * bool(why)
    first = (
        "set spec.killSwitch to Armed, then "
        if spec.kill_switch is KillSwitch.TRIPPED
        else "Armed in the document does not re-arm it: "
    )
    path = f"/v1/tenants/{which[0]}/strategies/{which[1]}/kill-switch/re-arms"
    return f"{told}; {NOTHING_OPENS}. {first}POST {path} of the admin API"


def _switch(hands: Hands, tenant: str, strategy: str) -> Object:
    """Return the field of the status; nothing where it is not known."""
    found = hands.centre.switches.of(tenant, strategy)
    return {} if found is None else {"killSwitch": found}


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


async def unknown(hands: Hands, tenant: str) -> Verdict | None:
    """Return why nothing of a tenant can be told to the platform yet; the tenant wakes us then."""
    owner = await hands.kube.get(Ref(TENANT, tenant))
    if owner is None:
        return waiting("NoTenant", f"Tenant {tenant} does not exist yet")
    if not hands.centre.knows_tenant(tenant, owner):
        return waiting("NoTenant", f"the platform was not told of Tenant {tenant} yet")
    return None


def no_tenant(ref: Ref) -> str:
    """Say what is missing where an object lies in nobody's namespace."""
    return (
        f"namespace {ref.namespace} has no label {TENANT_LABEL}; "
        f"put the {ref.kind.name} into ironbull-<tenant>"
    )
