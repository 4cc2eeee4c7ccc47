"""When does everybody see how an object is? When its status tells of its generation, and is ready.

Seen over a watch of the benchmark's own, for the product and the floor alike.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter

import aiohttp
from bench.operator.cluster_api import GROUP, ClusterApi, Thing, condition
from bench.operator.mix import KINDS

AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Shown:
    """What an object shows.

    Args:
        wanted: its generation.
        told: the generation that its status tells.
        ready: the newest generation of which it was said that it is ready, if that still holds.
        why: what it says of itself, when it is not.
    """

    wanted: int = 0
    told: int = 0
    ready: int = 0
    why: str = ""


@dataclass(slots=True)
class Told:
    """What the watch has shown so far."""

    api: ClusterApi
    last_at: float = 0.0
    """When an object was told of last."""
    changes: Counter[str] = field(default_factory=Counter)
    """Events by uid, since the watch began: one for each write."""
    count: int = 0
    """Of how many objects the status tells the newest generation."""
    not_ready: dict[str, str] = field(default_factory=dict)
    """Which objects are not ready in their newest generation, with what they say."""
    _shown: dict[str, Shown] = field(default_factory=dict)
    """By uid."""
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_all(self, wanted: int, seconds: float) -> float:
        """Return when so many objects were told of."""
        await self._until(lambda: self.count >= wanted, seconds)
        return self.last_at

    async def until_ready(self, wanted: int, seconds: float) -> float:
        """Return when so many objects, which are all, were ready.

        Raises:
            TimeoutError: some are not, with what they say.
        """

        def is_so() -> bool:
            return len(self._shown) >= wanted and not self.not_ready

        try:
            return await self._until(is_so, seconds)
        except TimeoutError as error:
            raise TimeoutError(list(self.not_ready.values())[:5]) from error

    async def until(self, uid: str, generation: int, seconds: float) -> float:
        """Return when an object was told of in this generation."""
        return await self._until(lambda: self._of(uid).told >= generation, seconds)

    async def until_this_ready(self, uid: str, generation: int, seconds: float) -> float:
        """Return when an object was ready in this generation."""
        return await self._until(lambda: self._of(uid).ready >= generation, seconds)

    async def look(self, kind: str) -> None:
        """Follow one kind for as long as this is awaited."""
        while True:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):  # it is away at times
                await self._look(kind)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _until(self, is_so: Callable[[], bool], seconds: float) -> float:
        async with asyncio.timeout(seconds):
            while not is_so():
                moved = self._moved
                await moved.wait()
        return perf_counter()

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
        metadata, row = thing["metadata"], condition(thing)
        told = thing.get("status", {}).get("observedGeneration", 0)
        is_ready = row.get("status") == "True"
        ready = row.get("observedGeneration", 0) if is_ready else 0
        before = self._of(metadata["uid"])
        why = "" if is_ready else f"{metadata['name']}: {row.get('reason')}: {row.get('message')}"
        now = Shown(metadata["generation"], told, ready, why)
        self._shown[metadata["uid"]] = now
        self.count += (now.told == now.wanted) - (before.wanted == before.told > 0)
        self.not_ready.pop(metadata["uid"], None)
        if now.ready != now.wanted:
            self.not_ready[metadata["uid"]] = why
        if before.told != told:
            self.last_at = perf_counter()
        if before != now:
            self._moved.set()
            self._moved = asyncio.Event()

    def _of(self, uid: str) -> Shown:
        return self._shown.get(uid, Shown())


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
