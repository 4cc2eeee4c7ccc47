"""How fast and how light is the operator with 5,000 objects, beside the least that kopf can do?"""

import asyncio
import json
import signal
import statistics
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from time import perf_counter

import pytest
from bench.operator import mix, report, stage
from bench.operator.cluster_api import MERGE, Thing
from bench.operator.counted import errors, writes
from bench.operator.stage import EndedError, Stage, until, while_running
from bench.operator.watched_process import Taken, Watched, total
from bench.page import Figure, judged

GOAL_SECONDS, GOAL_MIB = 12.0, 180.0
GOAL_MS = 25.0
GOAL_SERVING_SECONDS = 5.0
GOAL_KILL_SECONDS, GOAL_STOP_SECONDS = 17.0, 7.0
CHANGES = 200
CHANGE_PAUSE_SECONDS = 0.05
AWAY_SECONDS = 60.0
SETTLE_SECONDS = 10.0 if mix.scale() >= 1 else 3.0
MOST_STARTS = 4
LIMIT_ABOVE = 1_000
MS = 1_000.0
SHOWN = 3
"""Names in a figure."""
PATIENCE_SECONDS = 60.0


@pytest.mark.timeout(5_400)
async def test_the_operator_with_many_objects() -> None:
    async with stage.opened(mix.usual()) as scene:
        floor_run, floor_changes = await _floor(scene)
        await scene.wipe()
        first = await _first_run(scene)
        await scene.wipe()
        run = await _wiped(scene)
        _write_wiped(scene, floor_run, first, run)
        await _restart(scene)
        changes = await _changes_of_product(scene)
        _write_changes(scene, floor_changes, changes)
        await _fail_over(scene)


class Run:
    """What came of one look at every object."""

    def __init__(self, seconds: float, taken: Taken, writes: float, errors: float) -> None:
        self.seconds = seconds
        self.taken = taken
        self.writes = writes
        self.errors = errors
        self.repeated: list[str] = []
        """Objects that were written more than once."""


async def _floor(scene: Stage) -> tuple[Run, list[float]]:
    began = perf_counter()
    async with scene.floor() as process, Watched(process.pid) as watched:
        ended = await scene.told.until_all(scene.mix.objects, scene.patience_seconds)
        await asyncio.sleep(SETTLE_SECONDS)
        record = json.loads(scene.floor_record.read_text())
        run = Run(ended - began, _copy(watched.taken), record["writes"], record["errors"])
        return run, await _changes(scene, 0)


async def _first_run(scene: Stage) -> Run:
    """Have all children made, and everything ready; one that ends is started again, as in a pod."""
    for _ in range(MOST_STARTS):
        with suppress(EndedError):
            return await _ready_run(scene)
    raise AssertionError(f"the operator ended {MOST_STARTS} times: is the machine too busy?")


async def _ready_run(scene: Stage) -> Run:
    began = perf_counter()
    async with scene.operator("first") as process, Watched(process.pid) as watched:
        ended = await while_running(process, scene.until_ready())
        await scene.until_quiet()
        found = await scene.figures("first")
        return Run(ended - began, _copy(watched.taken), writes(found), errors(found))


async def _wiped(scene: Stage) -> Run:
    """Have every status written anew, with the children there."""
    before = scene.told.changes.copy()
    began = perf_counter()
    async with scene.operator("wiped") as process, Watched(process.pid) as watched:
        told = scene.told.until_all(scene.mix.objects, scene.patience_seconds)
        ended = await while_running(process, told)
        await scene.until_quiet()
        assert not await scene.not_ready()
        found = await scene.figures("wiped")
        run = Run(ended - began, _copy(watched.taken), writes(found), errors(found))
        run.repeated = await scene.repeated(before)
        return run


def _write_wiped(scene: Stage, floor: Run, first: Run, run: Run) -> None:
    report.write(
        "operator-objects",
        "The operator: every status written anew",
        [
            Figure(
                "from the start of the process to the last status",
                judged(run.seconds, GOAL_SECONDS, " s"),
            ),
            Figure(
                "floor", f"{floor.seconds:.1f} s; product / floor {run.seconds / floor.seconds:.2f}"
            ),
            Figure("memory at its peak, PSS", judged(run.taken.pss, GOAL_MIB, " MiB")),
            Figure("all of it: product", str(run.taken)),
            Figure("all of it: floor", str(floor.taken)),
            Figure("writes: product, floor", f"{run.writes:.0f}, {floor.writes:.0f}"),
            Figure("errors: product, floor", f"{run.errors:.0f}, {floor.errors:.0f}"),
            Figure("objects written more than once", _some(run.repeated)),
            Figure("before: every child made and every object ready", f"{first.seconds:.1f} s"),
            Figure("of that, writes and errors", f"{first.writes:.0f}, {first.errors:.0f}"),
            Figure("of that, the process", str(first.taken)),
        ],
        f"{scene.mix}. Real apiserver, etcd and controllers, NATS and the platform API; no nodes: "
        "a task of the benchmark says that pods are ready, as KWOK does. The floor is "
        "[`tests/bench/operator/floor.py`](../../tests/bench/operator/floor.py): kopf's "
        "`on.event`, ten workers, one server-side apply of a status for each object. Both are seen "
        "over the same watch.",
    )


async def _restart(scene: Stage) -> None:
    """Start it with nothing changed, then with one change that was made meanwhile."""
    before, asked = await scene.until_quiet(), scene.platform.methods.copy()
    began = perf_counter()
    async with scene.operator("again") as process, Watched(process.pid) as watched:
        looked = await _until_looked(scene, "again")
        after = await scene.until_quiet()
        found, taken = await scene.figures("again"), _copy(watched.taken)
    puts = scene.platform.methods["PUT"] - asked["PUT"]
    gets = scene.platform.methods["GET"] - asked["GET"]
    changed = sum(after.get(key) != version for key, version in before.items())
    changed += len(after.keys() - before.keys())
    thing = (await scene.all_of("strategies"))[-1]
    wanted = await _change(scene, thing, 10_000)
    started = perf_counter()
    async with scene.operator("later"):
        told = await scene.told.until(*wanted, PATIENCE_SECONDS)
        await scene.until_quiet()
    report.write(
        "operator-restart",
        "The operator: started again with nothing changed",
        [
            Figure("objects that were written", judged(changed, 0)),
            Figure("writes that it counts itself", f"{writes(found):.0f}"),
            Figure("PUTs to the platform", judged(puts, 0)),
            Figure("GETs from the platform", str(gets)),
            Figure(
                "start of the process → a change made before is told (serving)",
                judged(told - started, GOAL_SERVING_SECONDS, " s"),
            ),
            Figure("start of the process → every object was looked at", f"{looked - began:.1f} s"),
            Figure("the process", str(taken)),
        ],
        f"{scene.mix}. Written is what has another resource version: our objects, their children "
        "and all Secrets. PUTs are counted by a proxy before the platform.",
    )


async def _changes_of_product(scene: Stage) -> list[float]:
    async with scene.operator("changes"):
        await _until_looked(scene, "changes")
        await asyncio.sleep(SETTLE_SECONDS)
        return await _changes(scene, CHANGES)


async def _changes(scene: Stage, first: int) -> list[float]:
    """Change strategies one after the other; return how long each took to be told, in ms."""
    draw = Random(7)  # noqa: S311 - a choice of objects, no secret
    things = await scene.all_of("strategies")
    found = []
    for number in range(first, first + min(CHANGES, 4 * len(things))):
        began = perf_counter()
        wanted = await _change(scene, draw.choice(things), number)
        ended = await scene.told.until(*wanted, PATIENCE_SECONDS)
        found.append((ended - began) * MS)
        await asyncio.sleep(CHANGE_PAUSE_SECONDS)
    return found


async def _change(scene: Stage, thing: Thing, number: int) -> tuple[str, int]:
    """Change a strategy's spec; return what has to be told: uid and generation.

    Args:
        number: another one each time, else nothing changes.
    """
    limit = {"spec": {"risk": {"weeklyTradeLimit": LIMIT_ABOVE + number}}}
    answer = await scene.api.must("PATCH", mix.path("strategies", thing), limit, MERGE)
    return answer["metadata"]["uid"], answer["metadata"]["generation"]


def _write_changes(scene: Stage, floor: Sequence[float], product: Sequence[float]) -> None:
    report.write(
        "operator-change",
        "The operator: from a change to its observedGeneration",
        [
            Figure("product, p99", judged(_percentile(product, 99), GOAL_MS, " ms")),
            Figure("product, p50", f"{statistics.median(product):.1f} ms"),
            Figure("floor, p50 and p99", _pair(floor)),
        ],
        f"{len(product)} changes of strategies' risk, one after the other, with {scene.mix}. From "
        "sending the change to hearing the status over a watch. The floor does nothing else; the "
        "product tells the platform, and the tenant's engine is given another document meanwhile.",
    )


async def _fail_over(scene: Stage) -> None:
    killed = await _follow(scene, signal.SIGKILL)
    stopped = await _follow(scene, signal.SIGTERM)
    away = AWAY_SECONDS if mix.scale() >= 1 else AWAY_SECONDS / 4
    async with scene.operator("one") as leader:
        await _until_looked(scene, "one")
        async with scene.operator("two") as standby:
            await asyncio.sleep(SETTLE_SECONDS)
            server = scene.api_server()
            server.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(away)
            finally:
                server.send_signal(signal.SIGCONT)
            back = perf_counter()
            wanted = await _change(scene, (await scene.all_of("strategies"))[0], 20_000)
            told = await scene.told.until(*wanted, PATIENCE_SECONDS)
            lives = standby.poll() is None
            code = leader.poll()
    report.write(
        "operator-fail-over",
        "The operator: another replica takes over",
        [
            Figure("leader killed → a change is told", judged(killed, GOAL_KILL_SECONDS, " s")),
            Figure("leader stopped → a change is told", judged(stopped, GOAL_STOP_SECONDS, " s")),
            Figure(
                f"apiserver silent for {away:.0f} s: the standby",
                "**went on** (met)" if lives else "ended (missed)",
            ),
            Figure("the leader then", "leads on" if code is None else f"ended itself, code {code}"),
            Figure("apiserver back → a change is told", f"{told - back:.1f} s"),
        ],
        f"{scene.mix}, two replicas. The change is made just before the leader ends.",
    )
    assert lives


async def _follow(scene: Stage, how: signal.Signals) -> float:
    """End the leader; return after how many seconds the other one tells of a change."""
    async with scene.operator("one") as leader:
        await _until_looked(scene, "one")
        async with scene.operator("two"):
            await asyncio.sleep(SETTLE_SECONDS)
            thing = (await scene.all_of("strategies"))[0]
            leader.send_signal(how)
            began = perf_counter()
            if how is signal.SIGTERM:
                await until(lambda: leader.poll() is not None, PATIENCE_SECONDS, "the leader's end")
            wanted = await _change(scene, thing, 30_000 + how)
            return await scene.told.until(*wanted, PATIENCE_SECONDS) - began


async def _until_looked(scene: Stage, name: str) -> float:
    """Wait until a replica has looked at every object; return when."""
    deadline = perf_counter() + scene.patience_seconds
    while True:
        found = await scene.figures(name)
        if total(found, "controller_runtime_reconcile_total") >= scene.mix.objects:
            return perf_counter()
        assert perf_counter() < deadline, f"{name} has not looked at everything"
        await asyncio.sleep(0.05)


def _some(names: Sequence[str]) -> str:
    more = f" ({', '.join(names[:SHOWN])}{', …' if len(names) > SHOWN else ''})" if names else ""
    return judged(len(names), 0) + more


def _copy(taken: Taken) -> Taken:
    return Taken(taken.rss, taken.pss, taken.cpu)


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _pair(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ms, {_percentile(values, 99):.1f} ms"
