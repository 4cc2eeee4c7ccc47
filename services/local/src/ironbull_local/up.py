"""How does the platform start, run and stop on one machine?"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from ironbull_kit.nats_users import JWT_SECONDS
from ironbull_kit.platform_client import PlatformClient
from ironbull_kit.secret import Secret
from ironbull_local import (
    authority,
    database,
    endpoints,
    keys,
    nats_server,
    observed,
    one_shot,
    postgres,
    supervisor,
)
from ironbull_local import folder as folders
from ironbull_local.centre import PlatformCentre
from ironbull_local.endpoints import Ports
from ironbull_local.folder import DataFolder
from ironbull_local.observed import Phase
from ironbull_local.process import ProcessSpec
from ironbull_local.reconcile import Reconciler
from ironbull_local.stack import Paper, Stack
from ironbull_local.store import DocumentStore
from ironbull_local.supervisor import Supervisor
from ironbull_messages.problems import Problem

WATCH_SECONDS: Final = 0.3
RETRY_SECONDS: Final = 1.0
REFRESH_SECONDS: Final = 10.0
"""Accounts and credentials are looked at this often even when nothing was applied."""
CENTRE_READY_SECONDS: Final = 120.0

Tell = Callable[[str, float], None]
"""Called with what was done and how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the person at the keyboard may choose."""

    ports: Ports = field(default_factory=Ports)
    paper: Paper = field(default_factory=Paper)
    jwt_seconds: int = JWT_SECONDS
    """How long a client's NATS credentials live before they are renewed."""


@dataclass(frozen=True, slots=True)
class Running:
    """A platform that serves."""

    folder: DataFolder
    endpoints: dict[str, str]
    supervisor: Supervisor
    tasks: tuple[asyncio.Task[None], ...]

    async def wait(self, stop: asyncio.Event) -> None:
        """Return when it is told to stop; raise what one of its own tasks raised."""
        stopped = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({stopped, *self.tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for task in done:
            task.result()


@asynccontextmanager
async def platform(folder: DataFolder, options: Options, tell: Tell) -> AsyncIterator[Running]:
    """Run the platform as long as the block lasts; the folder is ours alone meanwhile.

    Raises:
        Problem: with a code for each thing that a person can mend.
    """
    with folders.locked(folder):
        folders.prepare(folder)
        observed.enter(folder, Phase.STARTING)
        supervisor.end_left_overs(folder.processes_file)
        processes = Supervisor(folder.processes_file)
        tasks: tuple[asyncio.Task[None], ...] = ()
        try:
            stack, found, power = await _start_servers(folder, options, processes, tell)
            await _start_services(stack, processes, tell)
            token = Secret(stack.keys.platform_token.read_text())
            async with PlatformClient(found["platform"], lambda: token) as client:
                reconciler = Reconciler(stack, processes, PlatformCentre(client), power)
                tasks = (
                    asyncio.create_task(_keep(reconciler, DocumentStore(folder))),
                    asyncio.create_task(power.answer_renewals()),
                )
                observed.enter(folder, Phase.READY)
                yield Running(folder, found, processes, tasks)
                observed.enter(folder, Phase.STOPPING)
                await _end(tasks)
                await power.close()
        except Problem as problem:
            observed.enter(folder, Phase.FAILED, problem)
            raise
        finally:
            await _end(tasks)
            await asyncio.shield(processes.stop_all())
        observed.enter(folder, Phase.STOPPED)


async def _end(tasks: tuple[asyncio.Task[None], ...]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let SIGTERM and SIGINT end the platform in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


async def _start_servers(
    folder: DataFolder, options: Options, processes: Supervisor, tell: Tell
) -> tuple[Stack, dict[str, str], authority.NatsAuthority]:
    ports = endpoints.choose(folder, options.ports)
    secrets = keys.keep(folder)
    power = authority.NatsAuthority(
        folder, f"nats://127.0.0.1:{ports.nats}", jwt_seconds=options.jwt_seconds
    )
    began = time.monotonic()
    server = await asyncio.to_thread(postgres.prepare, folder.root / "postgres", ports.postgres)
    stack = Stack(
        folder=folder,
        ports=ports,
        keys=secrets,
        urls=database.urls(server, secrets.passwords),
        centre_creds=power.centre_creds,
        paper=options.paper,
    )
    await processes.start(stack.postgres(server)).wait_until_ready()
    await asyncio.to_thread(database.prepare, server, secrets.passwords)
    tell("PostgreSQL 18", time.monotonic() - began)
    messaging = nats_server.prepare(folder.root / "nats", ports.nats, power.server_configuration())
    await _ready(processes, stack.nats(messaging), "NATS", tell)
    return stack, endpoints.publish(folder, ports), power


async def _start_services(stack: Stack, processes: Supervisor, tell: Tell) -> None:
    await _ready(processes, stack.paper_exchange(), "paper exchange", tell)
    await _timed(one_shot.run(stack.migrate()), "database at the newest migration", tell)
    await asyncio.gather(
        _ready(processes, stack.centre(), "centre", tell),
        _ready(processes, stack.api(), "APIs", tell),
    )


async def _ready(processes: Supervisor, spec: ProcessSpec, label: str, tell: Tell) -> None:
    process = processes.start(spec)
    await _timed(process.wait_until_ready(CENTRE_READY_SECONDS), label, tell)


async def _timed(work: Awaitable[None], label: str, tell: Tell) -> None:
    began = time.monotonic()
    await work
    tell(label, time.monotonic() - began)


async def _keep(reconciler: Reconciler, store: DocumentStore) -> None:
    """Reconcile after each apply, soon again while something is missing, and now and then."""
    seen: tuple[tuple[str, int], ...] | None = None
    due = 0.0
    while True:
        now = time.monotonic()
        fingerprint = store.fingerprint()
        if fingerprint != seen or now >= due:
            seen = fingerprint
            settled = await reconciler.run_once()
            due = time.monotonic() + (REFRESH_SECONDS if settled else RETRY_SECONDS)
        await asyncio.sleep(WATCH_SECONDS)
