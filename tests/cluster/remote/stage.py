"""A platform beside a Kubernetes API, whose tenants' members run in and outside of the cluster.

Everything is real but the kubelet: API server and controllers, the operator as a process, database,
NATS in operator mode, centre, APIs, exchange. NATS speaks TLS as the chart's trial NATS does.
"""

import base64
import datetime as dt
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from cluster import api_only
from cluster.certificates import Authority
from cluster.operator_desk import SYSTEM, Desk
from cluster.places import ROOT
from cluster.remote import elsewhere
from cluster.remote.elsewhere import Balancer, Elsewhere
from cluster.toolchain import build_all
from fixtures.rough_weather import Weather

from ironbull_client import AsyncMerchant
from ironbull_local import view
from ironbull_local.demo import calls, script
from ironbull_local.demo.scenario import AURORA, BOREALIS, SEED, VENUE
from ironbull_local.demo.setting import Doors
from ironbull_local.folder import DataFolder
from ironbull_local.stack import Paper
from ironbull_local.up import Options, platform
from ironbull_messages.launch import Env

SPEED = "3600"
OUTSIDE_CONF = ROOT / "charts" / "ironbull" / "files" / "trial" / "nats-outside.conf"
NATS_PORT, PAPER_PORT = 4222, 8090
"""Where machines elsewhere find us."""
FAR = "far"
PLACES = {tenant: f"ironbull-{tenant}" for tenant in (AURORA, BOREALIS)}


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs, the machines elsewhere (one of each tenant), and how these reach us."""

    desk: Desk
    weather: Weather
    machines: Mapping[str, Elsewhere]
    balancer: Balancer

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Return the demo's documents with a pool elsewhere each, in aurora beside one of pods."""
        rows = list(yaml.safe_load_all(script.two_tenants()))
        found = [row for row in rows if row["kind"] != "ExecutionNode"]
        paper_url = f"http://{self.balancer.host}:{PAPER_PORT}"
        return [
            *found,
            _pool(AURORA, "main", {"inCluster": {}}),
            *(_pool(tenant, FAR, {"remote": {"paperUrl": paper_url}}) for tenant in PLACES),
        ]

    @asynccontextmanager
    async def doors(self) -> AsyncIterator[Doors]:
        """Hold every tenant's key, the staff's token and the exchange's."""
        urls = self.weather.running.endpoints
        staff = self.weather.folder.secret("staff.token").read_text()
        exchange = self.weather.exchange.token_file.read_text().strip()
        async with httpx.AsyncClient(trust_env=False, timeout=calls.TIMEOUT_SECONDS) as client:
            merchants = {tenant: self._merchant(tenant, urls, client) for tenant in PLACES}
            yield Doors(
                merchants,
                calls.Desk(client, urls["admin"], staff),
                calls.Desk(client, urls["paper"], exchange),
            )

    def _merchant(
        self, tenant: str, urls: Mapping[str, str], client: httpx.AsyncClient
    ) -> AsyncMerchant:
        found = self.desk.get("secret", f"ironbull-merchant-{tenant}", f"--namespace={SYSTEM}")
        key, secret = (
            base64.b64decode(found["data"][name]).decode() for name in ("key_id", "secret")
        )
        return AsyncMerchant(urls["merchant"], key, secret, client=client)


@asynccontextmanager
async def running(jwt_seconds: int) -> AsyncIterator[Stage]:
    """Bring up API, platform and two networks elsewhere; a failure leaves the logs."""
    root = _new_folder()
    folder, options = DataFolder(root / "data"), Options(paper=Paper(SPEED, SEED))
    try:
        with api_only.running(root / "bin", root / "kube") as kubeconfig, ExitStack() as links:
            desk = Desk(root, kubeconfig)
            async with platform(folder, options, view.done) as running:
                # On one machine the platform answers renewals itself; here the operator does.
                running.tasks[-1].cancel()
                machines = {
                    tenant: links.enter_context(elsewhere.network(tenant[:3])) for tenant in PLACES
                }
                ports = json.loads((folder.state / "ports.json").read_text())
                led = {NATS_PORT: ports["nats"], PAPER_PORT: ports["paper"]}
                host = machines[AURORA].near
                way = links.enter_context(elsewhere.balancer(host, led, root / "balancer.log"))
                weather = Weather(folder, running)
                desk.settings = {
                    Env.NATS_JWT_SECONDS: jwt_seconds,
                    Env.NATS_OUTSIDE_URL: f"tls://{host}:{NATS_PORT}",
                    Env.NATS_OUTSIDE_CA: await _speak_tls(weather, root / "pki", host),
                }
                desk.kubectl("apply", "--server-side", f"--filename={ROOT / 'crds'}")
                desk.kubectl("create", "namespace", SYSTEM)
                yield Stage(desk, weather, machines, way)
    except BaseException:
        view.line(f"left for whoever looks into it: {root}")
        shutil.rmtree(root / "bin")
        raise
    shutil.rmtree(root)


def _new_folder() -> Path:
    root = Path(tempfile.mkdtemp(prefix="ironbull-remote-"))
    root.chmod(0o711)  # PostgreSQL may run as another user
    build_all(root / "bin")
    for name in ("kube", "pki"):
        (root / name).mkdir()
    return root


async def _speak_tls(weather: Weather, pki: Path, host: str) -> Path:
    """Have NATS speak TLS as the chart's trial NATS does; return who vouches for it."""
    Authority(pki, dt.datetime.now(dt.UTC)).sign("nats", "nats", serves=[host])
    configuration = weather.folder.root / "nats" / "nats.conf"
    _let_speak_tls(configuration, pki)
    await weather.kill("nats")
    return pki / "ca.crt"


def _let_speak_tls(configuration: Path, pki: Path) -> None:
    text = OUTSIDE_CONF.read_text()
    for there, here in (("tls.crt", "nats.crt"), ("tls.key", "nats.key")):
        text = text.replace(f"/etc/nats-tls/{there}", str(pki / here))
    configuration.write_text(configuration.read_text() + text)


def _pool(tenant: str, name: str, location: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "ironbull.io/v1alpha1",
        "kind": "ExecutionNode",
        "metadata": {"name": name, "namespace": PLACES[tenant]},
        "spec": {"venue": VENUE, "replicas": 1, "location": location},
    }
