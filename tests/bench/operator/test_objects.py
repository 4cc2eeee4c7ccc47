"""How fast and how light is the operator with 5,000 objects, beside the least that kopf can do?"""

import signal
import statistics
from collections.abc import Sequence

import pytest
from bench.operator import changes, children, fail_over, mix, report, restarts, runs, stage
from bench.operator.changes import Took
from bench.operator.parts import wanted
from bench.operator.runs import Run
from bench.operator.stage import Stage
from bench.page import Figure, judged

GOAL_SECONDS, GOAL_MIB = 12.0, 180.0
GOAL_MS = 25.0
GOAL_SERVING_SECONDS = 5.0
GOAL_RESTORED_SECONDS = 2.0
GOAL_KILL_SECONDS, GOAL_STOP_SECONDS = 17.0, 7.0
SHOWN = 3
"""Names in a figure."""


@pytest.mark.timeout(5_400)
@pytest.mark.skipif(
    not any(map(wanted, ("objects", "changes", "children", "restart", "fail-over"))),
    reason="PART names none of these",
)
async def test_the_operator_with_many_objects() -> None:
    async with stage.opened(mix.usual()) as scene:
        floor = await _floor(scene)
        await scene.wipe()
        first = await runs.first(scene)
        if wanted("objects"):
            await scene.wipe()
            _write_objects(scene, floor[0], first, await runs.with_children(scene))
        if wanted("restart"):
            await _restart(scene)
        if wanted("changes"):
            _write_changes(scene, floor[1], await _changes(scene))
        if wanted("children"):
            await _children(scene)
        if wanted("fail-over"):
            await _fail_over(scene)


async def _floor(scene: Stage) -> tuple[Run, Took]:
    """Have the floor do what is measured afterwards; it leaves statuses of its own."""
    run = await runs.floor(scene)
    if not wanted("changes"):
        return run, Took()
    async with scene.floor():
        return run, await changes.make(scene, 0, is_carried_out=False)


def _write_objects(scene: Stage, floor: Run, first: Run, run: Run) -> None:
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
    found = await restarts.measure(scene)
    asked = ", ".join(f"{count} × {what}" for what, count in sorted(found.asked.items()))
    report.write(
        "operator-restart",
        "The operator: started again with nothing changed",
        [
            Figure("writes that it counts itself", judged(found.writes, 0)),
            Figure("objects that were written", judged(found.changed, 0)),
            Figure("PUTs to the platform", judged(found.puts, 0)),
            Figure("asked of the platform", asked),
            Figure(
                "start of the process → a change made before is told (serving)",
                judged(found.serving, GOAL_SERVING_SECONDS, " s"),
            ),
            Figure("start of the process → every object was looked at", f"{found.looked:.1f} s"),
            Figure("the process", str(found.taken)),
        ],
        f"{scene.mix}. Written is what has another resource version: our objects, their children "
        "and all Secrets. The renewals of its own Lease are no writes here, and the kill switches, "
        "which it asks for every five seconds as long as it runs, belong to no start. The platform "
        "is asked through a proxy that counts.",
    )


async def _changes(scene: Stage) -> Took:
    async with scene.operator("changes"):
        await scene.until_looked("changes")
        await scene.until_quiet()
        return await changes.make(scene, changes.CHANGES, is_carried_out=True)


def _write_changes(scene: Stage, floor: Took, product: Took) -> None:
    ratios = [f"{_at(product.told, share) / _at(floor.told, share):.2f}" for share in (50, 99)]
    report.write(
        "operator-change",
        "The operator: from a change to its observedGeneration",
        [
            Figure("product, p99", judged(_at(product.told, 99), GOAL_MS, " ms")),
            Figure("product, p50", f"{statistics.median(product.told):.1f} ms"),
            Figure("floor, p50 and p99", _pair(floor.told)),
            Figure("product / floor, p50 and p99", ", ".join(ratios)),
            Figure("until it is carried out and Ready, p50 and p99", _pair(product.ready)),
        ],
        f"{len(product.told)} changes of strategies' risk, one every "
        f"{changes.PAUSE_SECONDS:g} s and no slower, with {scene.mix}. From sending the change to "
        "hearing the status over a watch. The floor does nothing else. The product says first that "
        "it saw the change (Ready is False, the reason Accepted); then the platform is told, the "
        "tenant's engine is given another document and starts anew, and the strategy is Ready: all "
        "of that goes on while the next changes come.",
    )


async def _children(scene: Stage) -> None:
    async with scene.operator("children"):
        await scene.until_looked("children")
        await scene.until_quiet()
        took = await children.restored(scene)
    slowest = sorted(took, key=lambda one: -took[one])[:SHOWN]
    report.write(
        "operator-children",
        "The operator: a child is deleted or edited",
        [
            Figure("the slowest", judged(max(took.values()), GOAL_RESTORED_SECONDS, " s")),
            Figure("the median", f"{statistics.median(took.values()):.3f} s"),
            Figure("the slowest ones", ", ".join(f"{one} {took[one]:.3f} s" for one in slowest)),
        ],
        f"{len(took)} times, one after the other: each watched child of one tenant, with "
        f"{scene.mix}. From the answer to the deletion or the edit until a read of it shows what "
        "should be.",
    )


async def _fail_over(scene: Stage) -> None:
    killed = await fail_over.follow(scene, signal.SIGKILL)
    stopped = await fail_over.follow(scene, signal.SIGTERM)
    silence = await fail_over.silence(scene)
    code = silence.code
    report.write(
        "operator-fail-over",
        "The operator: another replica takes over",
        [
            Figure("leader killed → a change is told", judged(killed, GOAL_KILL_SECONDS, " s")),
            Figure("leader stopped → a change is told", judged(stopped, GOAL_STOP_SECONDS, " s")),
            Figure(
                f"apiserver silent for {fail_over.AWAY_SECONDS:.0f} s: the standby",
                "**went on** (met)" if silence.lives else "ended (missed)",
            ),
            Figure("the leader then", "leads on" if code is None else f"ended itself, code {code}"),
            Figure("apiserver back → a change is told", f"{silence.told:.1f} s"),
        ],
        f"{scene.mix}, two replicas. The change is made just after the leader's end.",
    )
    assert silence.lives


def _some(names: Sequence[str]) -> str:
    more = f" ({', '.join(names[:SHOWN])}{', …' if len(names) > SHOWN else ''})" if names else ""
    return judged(len(names), 0) + more


def _at(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _pair(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ms, {_at(values, 99):.1f} ms"
