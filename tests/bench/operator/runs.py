"""How does one look at every object go? By the floor, from nothing, and with the children there."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter

from bench.operator import mix
from bench.operator.counted import errors, writes
from bench.operator.stage import EndedError, Stage, while_running
from bench.operator.watched_process import Taken, Watched

SETTLE_SECONDS = 10.0 if mix.scale() >= 1 else 3.0
MOST_STARTS = 4


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one look at every object.

    Args:
        repeated: objects that were written more than once.
    """

    seconds: float
    taken: Taken
    writes: float
    errors: float
    repeated: list[str] = field(default_factory=list)


async def floor(scene: Stage) -> Run:
    """Have the floor look at every object."""
    began = perf_counter()
    async with scene.floor() as process, Watched(process.pid) as watched:
        ended = await scene.told.until_all(scene.mix.objects, scene.patience_seconds)
        await asyncio.sleep(SETTLE_SECONDS)
        record = json.loads(scene.floor_record.read_text())
        return Run(ended - began, watched.taken, record["writes"], record["errors"])


async def first(scene: Stage) -> Run:
    """Have all children made, and everything ready; one that ends is started again, as in a pod."""
    for _ in range(MOST_STARTS):
        with suppress(EndedError):
            return await _until_ready(scene)
    raise AssertionError(f"the operator ended {MOST_STARTS} times: is the machine too busy?")


async def _until_ready(scene: Stage) -> Run:
    began = perf_counter()
    async with scene.operator("first") as process, Watched(process.pid) as watched:
        ended = await while_running(process, scene.until_ready())
        await scene.until_quiet()
        found = await scene.figures("first")
        return Run(ended - began, watched.taken, writes(found), errors(found))


async def with_children(scene: Stage) -> Run:
    """Have every status written anew, with the children there."""
    before = scene.told.changes.copy()
    began = perf_counter()
    async with scene.operator("wiped") as process, Watched(process.pid) as watched:
        told = scene.told.until_all(scene.mix.objects, scene.patience_seconds)
        ended = await while_running(process, told)
        await scene.until_quiet()
        assert not scene.told.not_ready
        found = await scene.figures("wiped")
        repeated = await scene.repeated(before)
        return Run(ended - began, watched.taken, writes(found), errors(found), repeated)
