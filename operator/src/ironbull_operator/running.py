"""How does the operator live? It waits until it leads; while it does, it watches and reconciles."""

import asyncio
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import structlog

from ironbull_kit import drain, health, logs, secret
from ironbull_kit.clocks import machine_now, monotonic
from ironbull_kit.platform_client import PlatformClient
from ironbull_messages.problems import Code, Problem
from ironbull_operator import figures, installation, kube, leading, liveness
from ironbull_operator.accounts import Accounts
from ironbull_operator.authority import Authority, Places
from ironbull_operator.centre import Centre
from ironbull_operator.desired.image import repository
from ironbull_operator.desired.platform import Outside, Platform
from ironbull_operator.election import Election
from ironbull_operator.informed import InformedKube
from ironbull_operator.kinds import Ref
from ironbull_operator.kube import AwayError, Kube
from ironbull_operator.leading import Leader
from ironbull_operator.lease import KubeLease
from ironbull_operator.liveness import Pulse
from ironbull_operator.queue import Queue
from ironbull_operator.seen import OURS, Seen
from ironbull_operator.settings import BootstrapSettings, OperatorSettings
from ironbull_operator.together import until_one_ends

DEFINITIONS_SECONDS: Final = 60.0
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
        life = _Life(Election(lease, identity, monotonic), Pulse(monotonic))
        figures.LEADING.labels(figures.NAME).set_function(lambda: life.election.is_leading)
        waiting: dict[str, str] = {}
        async with health.serve(
            settings.health_port, lambda: waiting, settings.health_file, settings.host, life.faults
        ):
            await until_one_ends(stopping.wait(), life.pulse.beat(), _lead(settings, cluster, life))
            await life.election.release()


@dataclass(slots=True)
class _Life:
    election: Election
    pulse: Pulse
    queue: Queue[Ref] | None = None
    """None: a standby, which works on nothing."""

    def faults(self) -> dict[str, str]:
        """Return why this process should be started anew."""
        oldest = 0.0 if self.queue is None else self.queue.oldest_seconds
        since = self.election.seconds_since_renewal
        return liveness.faults(self.pulse.lag_seconds, oldest, since)


async def _lead(settings: OperatorSettings, cluster: Kube, life: _Life) -> None:
    await life.election.acquire()
    async with PlatformClient(
        settings.platform_url, lambda: secret.read(settings.platform_token)
    ) as client:
        seen = Seen()
        guarded = InformedKube(cluster.api, seen, life.election.guard, monotonic)
        authority = Authority(
            guarded,
            Accounts(guarded, settings.namespace),
            installation.read_roots(settings.nats_roots),
            Places(settings.nats_url, settings.nats_creds, settings.nats_system_creds),
            jwt_seconds=settings.nats_jwt_seconds,
        )
        leader = Leader(guarded, seen, Centre(client), authority, platform_of(settings))

        def notice(queue: Queue[Ref]) -> None:
            life.queue = queue

        try:
            await until_one_ends(life.election.keep(), leading.work(leader, notice))
        finally:
            await authority.close()


def platform_of(settings: OperatorSettings) -> Platform:
    """Return what objects in tenants' namespaces are made with."""
    return Platform(
        namespace=settings.namespace,
        nats_url=settings.nats_url,
        centre_key=settings.centre_key.reveal(),
        services_image=settings.services_image,
        node_image=settings.node_image,
        paper_url=settings.paper_url,
        live_allowed=settings.live_allowed,
        api_service=settings.api_service,
        nats_cidrs=tuple(str(cidr) for cidr in settings.nats_cidrs),
        monitoring=settings.monitoring,
        outside=_outside(settings),
        node_images=(
            repository(settings.node_image),
            *(one for one in settings.node_images.split(",") if one),
        ),
    )


def _outside(settings: OperatorSettings) -> Outside | None:
    if settings.nats_outside_url is None:
        return None
    ca = settings.nats_outside_ca
    return Outside(settings.nats_outside_url, "" if ca is None else ca.read_text())


async def _until_defined(cluster: Kube) -> None:
    deadline = monotonic() + DEFINITIONS_SECONDS
    while True:
        try:
            missing = [kind.name for kind in OURS if not await cluster.serves(kind)]
        except AwayError:
            if monotonic() >= deadline:
                raise
            missing = ["us"]
        if not missing:
            return
        if monotonic() >= deadline:
            raise Problem(
                Code.SETTING_INVALID, f"the cluster does not know {', '.join(missing)}: apply crds/"
            )
        await asyncio.sleep(PAUSE_SECONDS)
