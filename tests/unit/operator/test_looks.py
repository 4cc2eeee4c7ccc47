"""A changed document is told of at once, and what its status says is never older than it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures.ending_desk import PLACE, POOL, Cluster, an_object

from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import StrategySpec, strategy_version
from ironbull_operator import conditions
from ironbull_operator.centre import Centre
from ironbull_operator.desired import documents, engine
from ironbull_operator.desired.platform import Platform
from ironbull_operator.kinds import CONFIG_MAP, DEPLOYMENT, NAMESPACE, STRATEGY, TENANT, Object, Ref
from ironbull_operator.queue import Again
from ironbull_operator.reconcile import pool, strategy, tenant
from ironbull_operator.reconcile.finalizing import FINALIZER
from ironbull_operator.reconcile.hands import Hands
from ironbull_operator.reconcile.live import BRIEF

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AURORA, CROSSING = Ref(TENANT, "aurora"), Ref(STRATEGY, "crossing", PLACE)
SPEC: Object = {
    "classRef": {"name": "ma_cross", "version": 1},
    "symbols": ["BTC-USDT-SWAP"],
    "timeframe": "1h",
    "venue": "paper",
    "desiredState": "Running",
}
RISKIER: Object = {**SPEC, "risk": {"maxPositions": 20}}
PLATFORM = Platform("ironbull-system", "nats://nats:4222", "A" * 43 + "=", "s:1", "n:1", "http://p")


class Told(Cluster):
    """A cluster that keeps every status that was written."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[str] = []
        self.events: list[str] = []

    async def apply_status(self, thing: Object) -> Object:
        row = thing["status"]["conditions"][0]
        told = f"{thing['status']['observedGeneration']} {row['status']} {row['reason']}"
        self.statuses.append(told)
        held = self.held[Ref.of(thing)]
        self.held[Ref.of(thing)] = {**held, "status": thing["status"]}
        return self.held[Ref.of(thing)]

    async def create(self, thing: Object) -> Object:
        self.events.append(thing["reason"])
        return thing


class Client:
    """Notes what it is told, and what the cluster had told by then."""

    def __init__(self, cluster: Told) -> None:
        self.cluster = cluster
        self.asked: list[list[str]] = []
        self.raises: Exception | None = None

    async def put_strategy(self, *_: object) -> dict[str, Any]:
        self.asked.append(list(self.cluster.statuses))
        if self.raises is not None:
            raise self.raises
        return {}


class Desk:
    """A strategy that runs, its tenant and its engine."""

    def __init__(self) -> None:
        self.cluster, self.woken = Told(), list[Ref]()
        self.client = Client(self.cluster)
        self.centre = Centre(self.client)  # type: ignore[arg-type]
        self.centre._held = {"Tenant/aurora": "t1/1", f"Strategy/aurora/{CROSSING.name}": "s1/1"}
        self.now = NOW
        hears = (lambda: self.now, self.woken.append)
        outside: Any = (self.cluster, self.centre, None, PLATFORM, *hears)
        self.hands = Hands(*outside)
        marks = {"uid": "n1", "labels": {"ironbull.io/tenant": "aurora"}}
        self.cluster.add(an_object(Ref(NAMESPACE, PLACE), marks))
        self.cluster.add(an_object(AURORA, {"uid": "t1", "generation": 1}))
        self.document(SPEC, 1)
        self.run_engine(SPEC)
        status = {
            "observedGeneration": 1,
            "version": strategy_version(StrategySpec.model_validate(SPEC)),
            "conditions": conditions.conditions(conditions.ready("Running"), 1, [], NOW),
        }
        self.cluster.held[CROSSING]["status"] = status

    def document(self, spec: Object, generation: int) -> None:
        before = self.cluster.held.get(CROSSING, {}).get("status")
        made = an_object(CROSSING, {"uid": "s1", "generation": generation})
        self.cluster.add({**made, "spec": spec} | ({"status": before} if before else {}))

    def run_engine(self, *specs: Object) -> None:
        """Have an engine serve that reads these documents."""
        rows = [documents.document("crossing", PLACE, spec) for spec in specs]
        texts, live = engine.engine(PLATFORM, "aurora", "a" * 16, rows)
        live["metadata"] |= {"generation": 1}
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas"), 1)
        live["status"] = {"observedGeneration": 1, **counts}
        self.cluster.add(texts)
        self.cluster.add(live)

    def end_engine(self, ago: timedelta) -> None:
        at = (self.now - ago).isoformat()
        row = {"type": "Available", "status": "False", "lastTransitionTime": at}
        live = self.cluster.held[Ref(DEPLOYMENT, engine.NAME, PLACE)]
        live["status"] = {"observedGeneration": 1, "replicas": 1, "conditions": [row]}

    async def look(self) -> list[str]:
        before = len(self.cluster.statuses)
        await strategy.reconcile(self.hands, CROSSING)
        return self.cluster.statuses[before:]


async def test_a_changed_document_is_told_of_before_anybody_outside_is_asked() -> None:
    desk = Desk()
    desk.document(RISKIER, 2)
    told = await desk.look()
    assert desk.client.asked == [["2 False Accepted"]]
    assert told == ["2 False Accepted", "2 False EngineStarting"]
    assert desk.woken == [AURORA]


async def test_an_edit_is_ready_when_the_engine_reads_it() -> None:
    desk = Desk()
    desk.document(RISKIER, 2)
    await desk.look()
    assert await desk.look() == []
    desk.run_engine(RISKIER)
    assert await desk.look() == ["2 True Running"]
    assert desk.cluster.events == ["EngineStarting", "Running"]
    assert len(desk.client.asked) == 1


async def test_an_edit_that_engines_do_not_read_makes_no_event() -> None:
    desk = Desk()
    desk.document({**SPEC, "killSwitch": "Armed"}, 2)
    assert await desk.look() == ["2 False Accepted", "2 True Running"]
    assert desk.cluster.events == []


async def test_a_refused_edit_is_not_ready_in_its_generation() -> None:
    desk = Desk()
    desk.document(RISKIER, 2)
    desk.client.raises = Problem(Code.DOCUMENT_INVALID, "spec.risk: too much")
    assert await desk.look() == ["2 False Accepted", "2 False DocumentInvalid"]


async def test_what_was_told_already_and_what_is_new_are_written_once() -> None:
    desk = Desk()
    assert await desk.look() == []
    del desk.cluster.held[CROSSING]["status"]
    assert await desk.look() == ["1 True Running"]
    assert desk.client.asked == []


async def test_a_strategy_waits_for_its_tenant_and_asks_nobody_meanwhile() -> None:
    desk = Desk()
    desk.centre._held = {}
    del desk.cluster.held[CROSSING]["status"]
    assert await desk.look() == ["1 False NoTenant"]
    assert desk.client.asked == []
    del desk.cluster.held[AURORA]
    assert await desk.look() == ["1 False NoTenant"]  # other words


async def test_a_pool_waits_for_its_tenant_too() -> None:
    desk = Desk()
    desk.centre._held = {}
    venue = {"name": "paper", "type": "binance", "environment": "Paper"}
    desk.cluster.held[AURORA]["spec"] = {"displayName": "Aurora", "venues": [venue]}
    metadata = {"uid": "p1", "generation": 1, "finalizers": [FINALIZER]}
    desk.cluster.add({**an_object(POOL, metadata), "spec": {"venue": "paper"}})
    await pool.reconcile(desk.hands, POOL)
    assert desk.cluster.statuses == ["1 False NoTenant"]


@pytest.mark.parametrize(
    ("before", "now", "ago", "is_meant"),
    [
        (None, "Active", 0, False),  # the platform was told only now, and all were woken then
        ("Accepted", "EngineStarting", 0, True),
        ("Active", "EngineStarting", 0, False),
        ("EngineStarting", "Active", 0, False),  # those that wait for it are woken
        ("Active", "Suspended", 0, True),
        ("Active", "Active", 99, False),
        ("EngineStarting", "EngineStarting", 29, False),
        ("EngineStarting", "EngineStarting", 31, True),
    ],
)
def test_all_documents_hear_of_what_concerns_them(
    before: str | None, now: str, ago: int, *, is_meant: bool
) -> None:
    found = an_object(AURORA, {"generation": 3})
    if before is not None:
        rows = conditions.conditions(conditions.waiting(before, ""), 3, [], NOW)
        found["status"] = {"conditions": rows}
    at = NOW + timedelta(seconds=ago)
    assert tenant.concerns_all(found, conditions.waiting(now, ""), at) is is_meant


@pytest.mark.parametrize(
    ("ago", "told"),
    [(BRIEF / 2, []), (BRIEF + timedelta(seconds=1), ["1 False EngineStarting"])],
)
async def test_an_engine_that_starts_anew_is_told_of_when_it_takes_long(
    ago: timedelta, told: list[str]
) -> None:
    desk = Desk()
    desk.end_engine(ago)
    assert await desk.look() == told


async def test_an_engine_that_is_not_wanted_runs_nothing() -> None:
    desk = Desk()
    desk.cluster.held[Ref(DEPLOYMENT, engine.NAME, PLACE)]["spec"]["replicas"] = 0
    assert await desk.look() == ["1 False EngineStarting"]


async def test_documents_of_an_engine_that_still_reads_older_ones_do_not_count() -> None:
    desk = Desk()
    desk.document(RISKIER, 2)
    await desk.look()
    older = desk.cluster.held[Ref(DEPLOYMENT, engine.NAME, PLACE)]
    desk.run_engine(RISKIER)
    desk.cluster.add(older)
    assert Ref(CONFIG_MAP, engine.DOCUMENTS, PLACE) in desk.cluster.held
    assert await desk.look() == []
    assert isinstance(await strategy.reconcile(desk.hands, CROSSING), Again)
