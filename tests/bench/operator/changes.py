"""How long does a change take until it is told of, and until it is carried out?"""

import asyncio
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from bench.operator import mix
from bench.operator.cluster_api import MERGE, Thing
from bench.operator.stage import Stage

CHANGES = 200
PAUSE_SECONDS = 0.25
LIMIT_ABOVE = 1_000
MS = 1_000.0
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Took:
    """How long each change took, in ms.

    Args:
        told: until the status told of its generation.
        ready: until it was said to be ready; empty: nobody says so.
    """

    told: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)


async def make(scene: Stage, first: int, *, is_carried_out: bool) -> Took:
    """Change strategies one after the other; nobody waits until one is ready for the next.

    Args:
        first: a number of its own for each series, else nothing changes.
        is_carried_out: whether somebody looks after what is changed.
    """
    draw = Random(7)  # noqa: S311 - a choice of objects, no secret
    things, took = await scene.all_of("strategies"), Took()
    async with asyncio.TaskGroup() as group:
        for number in range(first, first + min(CHANGES, 4 * len(things))):
            began = perf_counter()
            wanted = await change(scene, draw.choice(things), number)
            ended = await scene.told.until(*wanted, PATIENCE_SECONDS)
            took.told.append((ended - began) * MS)
            if is_carried_out:
                group.create_task(_until_ready(scene, wanted, began, took))
            await asyncio.sleep(PAUSE_SECONDS)
    return took


async def _until_ready(scene: Stage, wanted: tuple[str, int], began: float, took: Took) -> None:
    ended = await scene.told.until_this_ready(*wanted, scene.patience_seconds)
    took.ready.append((ended - began) * MS)


async def change(scene: Stage, thing: Thing, number: int) -> tuple[str, int]:
    """Change a strategy's spec; return what has to be told: uid and generation.

    Args:
        number: another one each time, else nothing changes.
    """
    limit = {"spec": {"risk": {"weeklyTradeLimit": LIMIT_ABOVE + number}}}
    answer = await scene.api.must("PATCH", mix.path("strategies", thing), limit, MERGE)
    return answer["metadata"]["uid"], answer["metadata"]["generation"]
