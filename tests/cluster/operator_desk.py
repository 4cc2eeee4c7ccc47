"""An operator on a real API, beside a platform on this machine: everything but pods."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from cluster import api_only
from cluster.places import ROOT
from cluster.toolchain import build_all
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ironbull_local import tether
from ironbull_messages.launch import Env

SYSTEM = "ironbull-system"
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.2
HOLD = "ironbull.test/hold"
IMAGE = "registry.test/ironbull:none"
Found = TypeVar("Found")


@dataclass
class Desk:
    """A cluster without nodes, a platform, and operators as they are started."""

    folder: Path
    kubeconfig: Path
    settings: dict[Env, object] = field(default_factory=dict)
    """What its operators are told otherwise than those of other desks."""

    @property
    def data(self) -> Path:
        """The platform's folder."""
        return self.folder / "data"

    def kubectl(self, *words: str, given: str | None = None) -> str:
        """Return what kubectl prints; what it refuses is told with its own words."""
        program = str(self.folder / "bin" / "kubectl")
        done = subprocess.run(
            (program, f"--kubeconfig={self.kubeconfig}", *words),
            input=given, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, *words: str) -> dict[str, Any]:
        """Return what is there, as the API speaks it."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *words, "--output=json"))
        return found

    def names(self, kind: str, namespace: str) -> set[str]:
        """Return the names of all objects of a kind."""
        items = self.get(kind, f"--namespace={namespace}")["items"]
        return {item["metadata"]["name"] for item in items}

    def ready(self, *words: str) -> dict[str, str]:
        """Return the Ready condition of an object; empty: nobody has looked at it."""
        rows = self.get(*words).get("status", {}).get("conditions", [])
        return next((row for row in rows if row["type"] == "Ready"), {})

    @contextmanager
    def held(self, *words: str) -> Iterator[None]:
        """Keep an object from going away, as a pod that drains."""
        patch = ("patch", *words, "--type=merge")
        self.kubectl(*patch, f"--patch={json.dumps({'metadata': {'finalizers': [HOLD]}})}")
        try:
            yield
        finally:
            self.kubectl(*patch, '--patch={"metadata": {"finalizers": null}}')

    @contextmanager
    def operator(self, name: str = "one") -> Iterator[subprocess.Popen[bytes]]:
        """Run a replica of the operator."""
        with (self.folder / f"operator-{name}.log").open("ab") as log:
            process = tether.start(
                (sys.executable, "-m", "ironbull_operator", "run"),
                log=log,
                env=self._environment(name),
                folder=self.folder,
            )
        try:
            yield process
        finally:
            tether.stop(process)

    def log(self, name: str = "one") -> str:
        """Return what a replica has logged."""
        return (self.folder / f"operator-{name}.log").read_text()

    def looks(self, name: str) -> dict[str, float]:
        """Return how often a replica looked at objects of each kind, whatever came of it."""
        file = self.folder / f"health-{name}.json"
        if not file.exists():
            return {}
        text = httpx.get(json.loads(file.read_text())["url"] + "/metrics", trust_env=False).text
        found: dict[str, float] = {}
        for line in text.splitlines():
            if line.startswith("controller_runtime_reconcile_total{"):
                kind = line.split('controller="')[1].split('"')[0]
                found[kind] = found.get(kind, 0.0) + float(line.rsplit(" ", 1)[1])
        return found

    def _environment(self, name: str) -> dict[str, str]:
        keys, ports = self.data / "keys", json.loads((self.data / "state/ports.json").read_text())
        seed = base64.b64decode((keys / "centre-signing.key").read_text())
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        (self.folder / "centre.pub").write_text(base64.b64encode(public).decode())
        settings = {
            Env.NAMESPACE: SYSTEM,
            Env.PLATFORM_URL: f"http://127.0.0.1:{ports['platform']}",
            Env.PLATFORM_TOKEN: keys / "platform.token",
            Env.NATS_URL: f"nats://127.0.0.1:{ports['nats']}",
            Env.NATS_OUTSIDE_URL: f"nats://127.0.0.1:{ports['nats']}",
            Env.NATS_ROOTS: keys / "nats",
            Env.NATS_CREDS: keys / "nats" / "centre-user.creds",
            Env.NATS_SYSTEM_CREDS: keys / "nats" / "system-user.creds",
            Env.CENTRE_KEY_FILE: self.folder / "centre.pub",
            Env.SERVICES_IMAGE: IMAGE,
            Env.NODE_IMAGE: IMAGE,
            Env.PAPER_URL: f"http://127.0.0.1:{ports['paper']}",
            Env.HEALTH_FILE: self.folder / f"health-{name}.json",
            **self.settings,
        }
        return {
            **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
            "KUBECONFIG": str(self.kubeconfig),
            **{key.value: str(value) for key, value in settings.items()},
        }


@contextmanager
def running(controllers: Sequence[str] = ()) -> Iterator[Desk]:
    """Bring up API and platform, with our definitions applied.

    Args:
        controllers: flags of the cluster's own controllers.
    """
    root = Path(tempfile.mkdtemp(prefix="ironbull-operator-"))
    root.chmod(0o711)  # PostgreSQL may run as another user
    build_all(root / "bin")
    (root / "kube").mkdir()
    up = (sys.executable, "-m", "ironbull_local")
    try:
        with api_only.running(root / "bin", root / "kube", controllers) as kubeconfig:
            desk = Desk(root, kubeconfig)
            subprocess.run(
                (*up, "up", "--detach", "--data", str(desk.data)), check=True, capture_output=True
            )
            desk.kubectl("apply", "--server-side", f"--filename={ROOT / 'crds'}")
            desk.kubectl("create", "namespace", SYSTEM)
            yield desk
    finally:
        subprocess.run(
            (*up, "down", "--data", str(root / "data")), check=False, capture_output=True
        )
        shutil.rmtree(root)


def until(look: Callable[[], Found], what: str) -> Found:
    """Return the first thing that is found."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"not within {WAIT_SECONDS:.0f} s: {what}")
