"""How long do 1,000 tenants take, from their documents to everything ready?"""

from collections import Counter
from time import perf_counter

import pytest
from bench.operator import mix, report, stage
from bench.operator.counted import errors, writes
from bench.operator.parts import wanted
from bench.operator.stage import KEPT, Stage, while_running
from bench.operator.watched_process import Watched, total
from bench.page import Figure, Table, judged

GOAL_MIB = 180.0
MS = 1_000.0


@pytest.mark.timeout(5_400)
@pytest.mark.skipif(not wanted("tenants"), reason="PART does not name it")
async def test_the_operator_with_many_tenants() -> None:
    async with stage.opened(mix.many_tenants()) as scene:
        began = perf_counter()
        async with scene.operator("many") as process, Watched(process.pid) as watched:
            told = await scene.told.until_all(scene.mix.objects, scene.patience_seconds)
            ready = await while_running(process, scene.until_ready())
            await scene.until_quiet()
            found = await scene.figures("many")
        looks = total(found, "controller_runtime_reconcile_total")
        report.write(
            "operator-tenants",
            "The operator: a thousand tenants with their children",
            [
                Figure("start of the process → every object told of", f"{told - began:.0f} s"),
                Figure("start of the process → every object ready", f"{ready - began:.0f} s"),
                Figure("memory at its peak, PSS", judged(watched.taken.pss, GOAL_MIB, " MiB")),
                Figure("the process", str(watched.taken)),
                Figure(
                    "writes",
                    f"{writes(found):.0f}, {writes(found) / scene.mix.tenants:.1f} a tenant",
                ),
                Figure("errors", judged(errors(found), 0)),
                Figure("PUTs to the platform", str(scene.platform.methods["PUT"])),
                Figure(
                    "of them refused, as the tenant was not known yet",
                    judged(scene.platform.refused.total(), 0),
                ),
                Figure(
                    "looks",
                    f"{looks:.0f}, {watched.taken.cpu / looks * MS:.1f} ms of processor time each",
                ),
            ],
            f"{scene.mix}; from nothing, on real apiserver, etcd, controllers, NATS and platform.",
            await _children(scene),
        )
        strange = [one for one in scene.platform.refused if not one.startswith("409 ")]
        assert not strange, strange


async def _children(scene: Stage) -> Table:
    counts: Counter[str] = Counter()
    for path in KEPT:
        async for _ in scene.api.items(path):
            counts[path.rpartition("/")[2]] += 1
    rows = [(kind, str(count)) for kind, count in sorted(counts.items())]
    return Table(("there afterwards", "objects"), rows)
