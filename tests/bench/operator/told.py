"""When does everybody see that an object was looked at? When its status tells of its generation.

Seen over a watch of the benchmark's own, for the product and the floor alike.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter

import aiohttp
from bench.operator.cluster_api import GROUP, ClusterApi, Thing
from bench.operator.mix import KINDS

AGAIN_SECONDS = 0.1


@dataclass(slots=True)
class Told:
    """What the watch has shown so far."""

    api: ClusterApi
    last_at: float = 0.0
    """When an object was told of last."""
    changes: Counter[str] = field(default_factory=Counter)
    """Events by uid, since the watch began: one for each write."""
    _generations: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By uid: the generation, and the one that the status tells."""
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def count(self) -> int:
        """Of how many objects the status tells the newest generation."""
        return sum(wanted == told for wanted, told in self._generations.values())

    def of(self, uid: str) -> int:
        """Return which generation an object's status tells."""
        return self._generations.get(uid, (0, 0))[1]

    async def until_all(self, wanted: int, seconds: float) -> float:
        """Return when so many objects were told of."""
        async with asyncio.timeout(seconds):
            while self.count < wanted:
                self._moved.clear()
                await self._moved.wait()
        return self.last_at

    async def until(self, uid: str, generation: int, seconds: float) -> float:
        """Return when an object was told of in this generation."""
        async with asyncio.timeout(seconds):
            while self.of(uid) < generation:
                self._moved.clear()
                await self._moved.wait()
        return perf_counter()

    async def look(self, kind: str) -> None:
        """Follow one kind for as long as this is awaited."""
        while True:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):  # it is away at times
                await self._look(kind)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _look(self, kind: str) -> None:
        path = f"{GROUP}/{kind}"
        version = (await self.api.must("GET", f"{path}?limit=1"))["metadata"]["resourceVersion"]
        async for thing in self.api.items(path):
            self._see(thing)
        async for event, thing in self.api.watch(path, f"resourceVersion={version}"):
            if event == "ERROR":
                return
            self.changes[thing["metadata"]["uid"]] += 1
            self._see(thing)

    def _see(self, thing: Thing) -> None:
        metadata = thing["metadata"]
        told = thing.get("status", {}).get("observedGeneration", 0)
        before = self._generations.get(metadata["uid"])
        self._generations[metadata["uid"]] = (metadata["generation"], told)
        if before is None or before[1] != told:
            self.last_at = perf_counter()
            self._moved.set()


@asynccontextmanager
async def watching(api: ClusterApi) -> AsyncIterator[Told]:
    """Follow all our kinds while the block runs."""
    told = Told(api)
    tasks = [asyncio.create_task(told.look(kind)) for kind in KINDS]
    try:
        yield told
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
