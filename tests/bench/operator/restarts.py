"""What does a start cost with nothing changed, and when does it serve?"""

from collections import Counter
from dataclasses import dataclass
from time import perf_counter

from bench.operator import changes
from bench.operator.counted import writes
from bench.operator.stage import Stage
from bench.operator.watched_process import Taken, Watched

SWITCHES = "GET /v1/kill-switches"
"""Asked every few seconds for as long as it runs: it belongs to no start."""


@dataclass(frozen=True, slots=True)
class Restart:
    """What came of a start.

    Args:
        looked: seconds until every object was looked at.
        serving: seconds until a change was told that was made before the start.
        changed: objects of the cluster with another version than before.
        writes: that the process counts itself, without its Lease.
        asked: of the platform, by method and path, without the switches.
    """

    looked: float
    serving: float
    changed: int
    writes: float
    asked: Counter[str]
    taken: Taken

    @property
    def puts(self) -> int:
        """What was told to the platform."""
        return sum(count for what, count in self.asked.items() if not what.startswith("GET "))


async def measure(scene: Stage) -> Restart:
    """Start it with nothing changed, then with one change that was made meanwhile."""
    before, asked = await scene.until_quiet(), scene.platform.asked.copy()
    began = perf_counter()
    async with scene.operator("again") as process, Watched(process.pid) as watched:
        looked = await scene.until_looked("again") - began
        after = await scene.until_quiet()
        found = await scene.figures("again")
    since = scene.platform.asked - asked
    del since[SWITCHES]
    changed = sum(after.get(key) != version for key, version in before.items())
    changed += len(after.keys() - before.keys())
    serving = await _serving(scene)
    return Restart(looked, serving, changed, writes(found), since, watched.taken)


async def _serving(scene: Stage) -> float:
    thing = (await scene.all_of("strategies"))[-1]
    wanted = await changes.change(scene, thing, 10_000)
    started = perf_counter()
    async with scene.operator("later"):
        told = await scene.told.until(*wanted, changes.PATIENCE_SECONDS)
        await scene.told.until_this_ready(*wanted, scene.patience_seconds)
        await scene.until_quiet()
    return told - started
