"""How does the operator live? It waits until it leads; while it does, it watches and reconciles."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, Final
from uuid import uuid4

import kopf
import structlog

from ironbull_kit import drain, health, logs, secret
from ironbull_kit.clocks import machine_now, monotonic
from ironbull_kit.platform_client import PlatformClient
from ironbull_messages.problems import Code, Problem
from ironbull_operator import figures, installation, kube, watching
from ironbull_operator.accounts import Accounts
from ironbull_operator.authority import Authority, Places
from ironbull_operator.centre import Centre
from ironbull_operator.desired.platform import Platform
from ironbull_operator.election import Election
from ironbull_operator.kinds import EXECUTION_NODE, STRATEGY, TENANT, Ref
from ironbull_operator.kube import Kube
from ironbull_operator.lease import KubeLease
from ironbull_operator.queue import Outcome, Queue
from ironbull_operator.reconcile import pool, strategy, tenant
from ironbull_operator.reconcile.hands import Hands
from ironbull_operator.settings import BootstrapSettings, OperatorSettings

DEFINITIONS_SECONDS: Final = 60.0
COMPARE_SECONDS: Final = 120.0
AGAIN_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 1.0

_log = structlog.get_logger()


async def bootstrap(settings: BootstrapSettings, wanted: Collection[str]) -> None:
    """Make those of the installation's Secrets that are wanted and missing."""
    logs.configure("bootstrap", "info")
    now = int(time.time())
    async with kube.connected() as cluster:
        for made in await installation.make(cluster, settings.namespace, now, wanted):
            _log.info("secret.kept", name=made.name, is_new=made.is_new)


async def run(settings: OperatorSettings) -> None:
    """Run until SIGTERM, or until leadership is lost.

    Raises:
        Problem: the cluster does not know our kinds.
        LostError: another replica leads, or nobody could be asked; nothing is written any more.
    """
    logs.configure("operator", settings.log_level)
    stopping = drain.on_signals()
    async with kube.connected() as cluster:
        await _until_defined(cluster)
        lease = KubeLease(cluster, settings.namespace, machine_now)
        identity = f"{socket.gethostname()}-{uuid4().hex[:8]}"
        election = Election(lease, identity, monotonic)
        figures.LEADING.labels("ironbull").set_function(lambda: election.is_leading)
        waiting: dict[str, str] = {}
        async with health.serve(
            settings.health_port, lambda: waiting, settings.health_file, settings.host
        ):
            await _until_one_ends(stopping.wait(), election.acquire())
            if election.is_leading:
                await _lead(settings, cluster, election, stopping)


async def _lead(
    settings: OperatorSettings, cluster: Kube, election: Election, stopping: asyncio.Event
) -> None:
    async with PlatformClient(
        settings.platform_url, lambda: secret.read(settings.platform_token)
    ) as client:
        centre = Centre(client)
        authority = Authority(
            cluster,
            Accounts(cluster, settings.namespace),
            installation.read_roots(settings.nats_roots),
            Places(settings.nats_url, settings.nats_creds, settings.nats_system_creds),
        )
        await _compare_once(centre)
        work = _work(settings, cluster, centre, authority)
        try:
            await _until_one_ends(stopping.wait(), election.keep(), work)
        finally:
            await authority.close()
        await election.release()


async def _until_one_ends(*works: Coroutine[Any, Any, object]) -> None:
    """Run works side by side; when one ends the others are ended, and what it raised is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _work(
    settings: OperatorSettings, cluster: Kube, centre: Centre, authority: Authority
) -> None:
    queue: Queue[Ref]

    async def reconcile(ref: Ref) -> Outcome:
        match ref.kind:
            case _ if ref.kind == TENANT:
                return await tenant.reconcile(hands, ref)
            case _ if ref.kind == STRATEGY:
                return await strategy.reconcile(hands, ref)
            case _:
                return await pool.reconcile(hands, ref)

    queue = Queue(reconcile, monotonic)
    figures.WAITING.labels("ironbull").set_function(lambda: queue.depth)
    figures.RUNNING_SECONDS.labels("ironbull").set_function(lambda: queue.oldest_seconds)
    hands = Hands(
        cluster,
        centre,
        authority,
        Platform(
            namespace=settings.namespace,
            nats_url=settings.nats_url,
            centre_key=settings.centre_key.reveal(),
            services_image=settings.services_image,
            node_image=settings.node_image,
            paper_url=settings.paper_url,
        ),
        machine_now,
        queue.add,
    )
    await _until_one_ends(
        queue.work(),
        _again(authority.answer_renewals),
        _compare(centre),
        kopf.operator(
            registry=watching.registry(queue.add),
            settings=watching.settings(),
            clusterwide=True,
            standalone=True,
        ),
    )


async def _compare(centre: Centre) -> None:
    while True:
        await asyncio.sleep(COMPARE_SECONDS)
        await _compare_once(centre)


async def _compare_once(centre: Centre) -> None:
    try:
        await centre.compare()
    except (ConnectionError, Problem) as error:
        _log.warning("platform.not_compared", why=str(error))


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    """Do a thing that NATS may interrupt, again and again."""
    while True:
        try:
            await work()
        except (ConnectionError, Problem) as error:
            _log.warning("renewals.interrupted", why=str(error))
        await asyncio.sleep(AGAIN_SECONDS)


async def _until_defined(cluster: Kube) -> None:
    deadline = monotonic() + DEFINITIONS_SECONDS
    while True:
        missing = [
            kind.name
            for kind in (TENANT, STRATEGY, EXECUTION_NODE)
            if not await cluster.serves(kind)
        ]
        if not missing:
            return
        if monotonic() >= deadline:
            raise Problem(
                Code.SETTING_INVALID, f"the cluster does not know {', '.join(missing)}: apply crds/"
            )
        await asyncio.sleep(PAUSE_SECONDS)
