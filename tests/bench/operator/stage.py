"""On what is the operator measured? A real API with its controllers, a real platform, no nodes.

The operator reaches NATS and the platform as it does in a cluster; pods are said to be ready.
"""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import psutil
from bench.operator import floor, mix, pretend_kubelet, watched_process
from bench.operator.cluster_api import GROUP, MERGE, ClusterApi, Thing, connected, each
from bench.operator.counting_proxy import Counted, counting
from bench.operator.mix import KINDS, Mix
from bench.operator.told import Told, watching
from bench.operator.watched_process import total
from cluster import operator_desk
from cluster.operator_desk import Desk

from ironbull_local import tether
from ironbull_messages.launch import Env

CONTROLLERS = (
    "--kube-api-qps=200",
    "--kube-api-burst=400",
    "--concurrent-namespace-syncs=50",
    "--concurrent-deployment-syncs=20",
    "--concurrent-replicaset-syncs=20",
    "--concurrent-statefulset-syncs=20",
)
SECONDS_PER_OBJECT = 0.5
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.5
LOOK_SECONDS = 0.05
TAIL = 4_000
"""Characters of a log that a failure shows."""
QUIET_POLLS = 6
KEPT = (
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/statefulsets",
    "/apis/networking.k8s.io/v1/networkpolicies",
    "/apis/policy/v1/poddisruptionbudgets",
    "/apis/rbac.authorization.k8s.io/v1/rolebindings",
    "/api/v1/configmaps",
    "/api/v1/limitranges",
    "/api/v1/namespaces",
    "/api/v1/resourcequotas",
    "/api/v1/secrets",
    "/api/v1/services",
    *(f"{GROUP}/{kind}" for kind in KINDS),
)
"""Where the operator writes."""


Result = TypeVar("Result")


class EndedError(AssertionError):
    """A process ended that should have gone on."""


class BenchDesk(Desk):
    """A desk whose operators reach the platform through the proxy that counts."""

    platform_url = ""

    @property
    def own_url(self) -> str:
        """Where the platform itself answers."""
        return self._environment("any")[Env.PLATFORM_URL.value]

    def environment(self, name: str) -> dict[str, str]:
        """Return the whole environment of an operator."""
        return {**self._environment(name), Env.PLATFORM_URL.value: self.platform_url}


@dataclass(slots=True)
class Stage:
    """Everything that is not measured."""

    desk: BenchDesk
    api: ClusterApi
    told: Told
    platform: Counted
    mix: Mix

    @property
    def patience_seconds(self) -> float:
        """How long anything may take that is done with every object."""
        return PATIENCE_SECONDS + SECONDS_PER_OBJECT * self.mix.objects

    @property
    def floor_record(self) -> Path:
        """Where the floor keeps its count."""
        return self.desk.folder / "floor.json"

    def health(self, name: str) -> Path:
        """Return the file in which a replica says where it answers."""
        return self.desk.folder / f"health-{name}.json"

    async def figures(self, name: str) -> dict[str, float]:
        """Return the metrics of a replica."""
        return await watched_process.figures(self.health(name))

    async def create(self) -> None:
        """Make all documents; those that others need come first."""
        documents = list(mix.documents(self.mix))
        for kind in ("Namespace", "Tenant", "ExecutionNode", "Strategy"):
            these = [one for one in documents if one[1]["kind"] == kind]
            await each(lambda one: self.api.must("POST", *one), these)

    async def all_of(self, kind: str) -> list[Thing]:
        """Return all objects of one of our kinds."""
        return [thing async for thing in self.api.items(f"{GROUP}/{kind}")]

    async def wipe(self) -> None:
        """Take the status away from all our objects."""
        for kind in KINDS:
            paths = [f"{mix.path(kind, thing)}/status" for thing in await self.all_of(kind)]
            await each(lambda one: self.api.must("PATCH", one, {"status": None}, MERGE), paths)

    async def repeated(self, before: Counter[str]) -> list[str]:
        """Return which of our objects were written more than once since then."""
        found = []
        for kind in KINDS:
            for thing in await self.all_of(kind):
                uid = thing["metadata"]["uid"]
                if self.told.changes[uid] - before[uid] > 1:
                    found.append(f"{kind}/{thing['metadata']['name']}")
        return found

    async def until_ready(self) -> float:
        """Return when everything is ready."""
        return await self.told.until_ready(self.mix.objects, self.patience_seconds)

    async def versions(self) -> dict[str, str]:
        """Return the version of everything that the operator writes."""
        found = {}
        for path in KEPT:
            async for thing in self.api.items(path):
                found[f"{path}/{thing['metadata']['uid']}"] = thing["metadata"]["resourceVersion"]
        return found

    async def until_quiet(self) -> dict[str, str]:
        """Wait until nothing is written for some seconds; return the versions."""
        deadline = perf_counter() + self.patience_seconds
        before, quiet = await self.versions(), 0
        while quiet < QUIET_POLLS:
            assert perf_counter() < deadline, "something is written again and again"
            await asyncio.sleep(POLL_SECONDS)
            now = await self.versions()
            quiet = quiet + 1 if now == before else 0
            before = now
        return before

    async def until_looked(self, name: str) -> float:
        """Wait until a replica has looked at every object; return when."""
        deadline = perf_counter() + self.patience_seconds
        while True:
            found = await self.figures(name)
            if total(found, "controller_runtime_reconcile_total") >= self.mix.objects:
                return perf_counter()
            assert perf_counter() < deadline, f"{name} has not looked at everything"
            await asyncio.sleep(LOOK_SECONDS)

    def api_server(self) -> psutil.Process:
        """Return the API server's process."""
        for one in psutil.Process().children(recursive=True):
            if one.cmdline() and one.cmdline()[0].endswith("/kube-apiserver"):
                return one
        raise AssertionError("no API server among our processes")

    @asynccontextmanager
    async def operator(self, name: str) -> AsyncIterator[subprocess.Popen[bytes]]:
        """Run a replica of the operator; it ends in order."""
        self.health(name).unlink(missing_ok=True)
        command = (sys.executable, "-m", "ironbull_operator", "run")
        environment = self.desk.environment(name)
        async with self._process(name, command, environment) as process:
            yield process

    @asynccontextmanager
    async def floor(self) -> AsyncIterator[subprocess.Popen[bytes]]:
        """Run the floor."""
        environment = self.desk.environment("floor")
        command = (sys.executable, floor.__file__, str(self.floor_record))
        async with self._process("floor", command, environment) as process:
            yield process

    @asynccontextmanager
    async def _process(
        self, name: str, command: tuple[str, ...], environment: dict[str, str]
    ) -> AsyncIterator[subprocess.Popen[bytes]]:
        with (self.desk.folder / f"operator-{name}.log").open("ab") as log:
            process = tether.start(command, log=log, env=environment, folder=self.desk.folder)
        try:
            yield process
        except AssertionError as error:
            error.add_note(f"{name}: {(self.desk.folder / log.name).read_text()[-TAIL:]}")
            raise
        finally:
            await asyncio.to_thread(tether.stop, process, signal.SIGTERM)


@asynccontextmanager
async def opened(wanted: Mix) -> AsyncIterator[Stage]:
    """Bring everything up, with the documents there and nobody who looks at them."""
    with operator_desk.running(CONTROLLERS) as made:
        desk = BenchDesk(made.folder, made.kubeconfig)
        async with connected(desk.kubeconfig) as api, counting(desk.own_url) as counted:
            desk.platform_url = counted.url
            kubelet = asyncio.create_task(pretend_kubelet.run(api))
            try:
                async with watching(api) as told:
                    stage = Stage(desk, api, told, counted, wanted)
                    await stage.create()
                    yield stage
            finally:
                kubelet.cancel()
                await asyncio.gather(kubelet, return_exceptions=True)


async def while_running(
    process: subprocess.Popen[bytes], work: Coroutine[Any, Any, Result]
) -> Result:
    """Return what a work came to, unless the process that it waits for ends.

    Raises:
        EndedError: it did: on a machine that is too busy a leader cannot renew its Lease.
    """
    task, end = asyncio.create_task(work), asyncio.create_task(_ended(process))
    try:
        await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise EndedError(f"the process ended with code {process.poll()}")
        return task.result()
    finally:
        for one in (task, end):
            one.cancel()
        await asyncio.gather(task, end, return_exceptions=True)


async def _ended(process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:  # noqa: ASYNC110 - a process is no event
        await asyncio.sleep(POLL_SECONDS)


async def until(look: Callable[[], object], seconds: float, what: str) -> float:
    """Return when something is so."""
    deadline = perf_counter() + seconds
    while not look():
        assert perf_counter() < deadline, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(0.02)
    return perf_counter()
