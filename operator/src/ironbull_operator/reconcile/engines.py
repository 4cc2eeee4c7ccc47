"""Which engines run a tenant's strategies, and how does a strategy move from one to another?

It is taken out of the old one first, and put into the new one when the old one's pod is gone, so
that no opinion is said twice. (Said twice it would be dropped: ids of signals are derived.)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ironbull_kit.nats_users import Client, ClientKind
from ironbull_messages.ids import dedicated_engine_token
from ironbull_operator import applying
from ironbull_operator.conditions import Verdict, waiting
from ironbull_operator.desired import documents, engine
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.kinds import CONFIG_MAP, DEPLOYMENT, POD, SECRET, STRATEGY, Object, Ref
from ironbull_operator.reconcile import quota
from ironbull_operator.reconcile.hands import Hands
from ironbull_operator.reconcile.live import is_available

STARTING: Final = "EngineStarting"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which strategy runs where.

    Args:
        shared: documents of the tenant's one engine.
        own: document of each strategy that has an engine for itself.
        fresh: those of them whose own engine does not exist yet.
        ending: strategies whose own engine is to go.
        moving: strategies that wait until their old engine has gone.
    """

    shared: Sequence[Object]
    own: Mapping[str, Object]
    fresh: frozenset[str]
    ending: frozenset[str]
    moving: frozenset[str]

    @property
    def running(self) -> int:
        """Return how many strategies run, or will when they have moved."""
        return len(self.shared) + len(self.own) + len(self.moving)


@dataclass(frozen=True, slots=True)
class _Engine:
    tenant: str
    own: str | None
    token: str
    documents: Sequence[Object]


async def plan(hands: Hands, tenant: str) -> Plan:
    """Look where strategies run, and where they should."""
    here = namespace_of(tenant)

    def is_held(one: Object) -> bool:
        return hands.centre.holds_strategy(tenant, one["metadata"]["name"], one)

    strategies = await hands.kube.list(STRATEGY, here)
    maps = await _own_documents(hands, here)
    shared = await hands.kube.get(Ref(CONFIG_MAP, engine.DOCUMENTS, here))
    return planned(strategies, is_held, shared, maps)


def planned(
    strategies: Sequence[Object],
    is_held: Callable[[Object], bool],
    shared: Object | None,
    maps: Mapping[str, Object],
) -> Plan:
    """Return which strategy runs where.

    Args:
        strategies: as they live.
        is_held: tells whether the platform accepted an object in its newest generation.
        shared: the ConfigMap of the shared engine; None: there is none yet.
        maps: those of engines that one strategy has for itself, by its name.
    """
    own, rest, back = {}, [], set()
    for one in strategies:
        name = one["metadata"]["name"]
        if documents.is_dedicated(one, is_held, maps.get(name)):
            row = documents.chosen([one], is_held, maps.get(name, shared))
            own.update(dict.fromkeys([name], row[0]) if row else {})
        elif name not in maps:
            rest.append(one)
        elif documents.chosen([one], is_held, maps[name]):
            back.add(name)
    fresh = own.keys() - maps.keys()
    leaving = documents.names(shared) & fresh if fresh else set()  # reading is dear
    return Plan(
        shared=documents.chosen(rest, is_held, shared),
        own={name: row for name, row in own.items() if name not in leaving},
        fresh=frozenset(fresh - leaving),
        ending=frozenset(maps.keys() - own.keys()),
        moving=frozenset(leaving | back),
    )


async def run(
    hands: Hands, tenant: str, token: str, wanted: Plan, *, is_active: bool
) -> Verdict | None:
    """Bring a tenant's engines to a plan; return what is waited for, None: nothing.

    Args:
        token: of the shared engine.
    """
    shared = await _run_one(hands, _Engine(tenant, None, token, wanted.shared), is_active=is_active)
    late = wanted.fresh if wanted.fresh and await _is_rolling(hands, tenant) else frozenset()
    own = [
        await _run_one(
            hands,
            _Engine(tenant, name, dedicated_engine_token(token, name), [wanted.own[name]]),
            is_active=is_active,
        )
        for name in sorted(wanted.own.keys() - late)
    ]
    ended = [await _end(hands, tenant, token, name) for name in sorted(wanted.ending)]
    stands = [one for one in (shared, *own, *ended) if one is not None]
    if moving := ", ".join(sorted(wanted.moving | late)):
        stands.append(waiting("EngineMoving", f"{moving}: waits until the old engine has gone"))
    return stands[0] if stands else None


def tokens(token: str, wanted: Plan) -> tuple[str, ...]:
    """Return under which tokens engines speak, and those that end speak still."""
    names = sorted({*wanted.own, *wanted.ending})
    return (token, *(dedicated_engine_token(token, name) for name in names))


async def _own_documents(hands: Hands, here: str) -> dict[str, Object]:
    """Return the ConfigMap of each engine that one strategy has for itself; it goes last."""
    marks = {"app.kubernetes.io/name": engine.NAME}
    found = {engine.owner_of(one): one for one in await hands.kube.list(CONFIG_MAP, here, marks)}
    return {name: one for name, one in found.items() if name is not None}


async def _is_rolling(hands: Hands, tenant: str) -> bool:
    """Tell whether a pod of the shared engine still reads older documents."""
    here = namespace_of(tenant)
    live = await hands.kube.get(Ref(DEPLOYMENT, engine.NAME, here))
    wanted = None if live is None else engine.documents_hash(live["spec"]["template"])
    pods = await hands.kube.list(POD, here, engine.selector(tenant))
    is_off = live is None or live["spec"]["replicas"] == 0
    return any(is_off or engine.documents_hash(pod) != wanted for pod in pods)


async def _run_one(hands: Hands, one: _Engine, *, is_active: bool) -> Verdict | None:
    """Keep an engine; return what it waits for, None: nothing."""
    await hands.authority.issue(
        Client(ClientKind.ENGINE, one.tenant, one.token),
        namespace_of(one.tenant),
        engine.secret_of(one.own),
    )
    texts, deployment = engine.engine(
        *(hands.platform, one.tenant, one.token, one.documents), own=one.own, is_active=is_active
    )
    await applying.ensure(hands.kube, texts)
    live = await applying.ensure(hands.kube, deployment)
    if live["spec"]["replicas"] == 0 or is_available(live):
        return None
    which = live["metadata"]["name"]
    if stands := await quota.shortage(hands.kube, live):
        return waiting(quota.REASON, f"{which}: {stands}")
    return waiting(STARTING, f"{which} is not ready yet")


async def _end(hands: Hands, tenant: str, token: str, name: str) -> Verdict | None:
    """Let a strategy's own engine go, and cut it off when its pod is gone."""
    here = namespace_of(tenant)
    await hands.kube.delete(Ref(DEPLOYMENT, engine.name_of(name), here))
    if await hands.kube.list(POD, here, engine.selector(tenant, name)):
        return waiting("EngineEnding", f"{engine.name_of(name)} ends")
    await hands.authority.revoke(tenant, [dedicated_engine_token(token, name)])
    await _remove(hands, here, name)
    return None


async def _remove(hands: Hands, here: str, name: str) -> None:
    await hands.kube.delete(Ref(DEPLOYMENT, engine.name_of(name), here))
    await hands.kube.delete(Ref(SECRET, engine.secret_of(name), here))
    await hands.kube.delete(Ref(CONFIG_MAP, engine.documents_of(name), here))
