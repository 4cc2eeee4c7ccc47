"""A kubelet for those who have no node: what a pod's template says runs as a process here.

Secrets and ConfigMaps are files in its folder, its own volumes are folders there, and paths in its
environment are led to them.
"""

import base64
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.operator_desk import Desk

from ironbull_local import tether
from ironbull_messages.launch import CREDS_FILE, LOOPBACK, Env


@dataclass(slots=True)
class Pod:
    """One container."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def creds(self) -> Path:
        """The file that its process renews."""
        return self.folder / "run" / CREDS_FILE

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text(errors="replace")


@contextmanager
def running(desk: Desk, kind: str, name: str, namespace: str) -> Iterator[Pod]:
    """Run the pod of a Deployment or StatefulSet as long as the block lasts."""
    folder = desk.folder / "pods" / f"{namespace}-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    template = desk.get(kind, name, f"--namespace={namespace}")["spec"]["template"]["spec"]
    (container,) = template["containers"]
    places = {
        mount["mountPath"]: _volume(desk, template, mount["name"], folder, namespace)
        for mount in container["volumeMounts"]
    }
    environment = {row["name"]: _led(row["value"], places) for row in container["env"]} | {
        Env.HOST.value: LOOPBACK,
        Env.HEALTH_PORT.value: "0",
        Env.HEALTH_FILE.value: str(folder / "health.json"),
        "PYTHONUNBUFFERED": "1",
    }
    program, *words = container["command"]
    assert program == "python3"
    with (folder / "log").open("wb") as log:
        process = tether.start((sys.executable, *words), log=log, env=environment, folder=folder)
    try:
        yield Pod(folder, process)
    finally:
        tether.stop(process)


def _volume(desk: Desk, template: dict[str, Any], name: str, folder: Path, namespace: str) -> Path:
    """Make a volume's folder, with what the cluster holds for it."""
    place = folder / name
    place.mkdir(parents=True)
    volumes: dict[str, dict[str, Any]] = {one["name"]: one for one in template["volumes"]}
    volume = volumes.get(name, {})
    here = f"--namespace={namespace}"
    if found := volume.get("secret"):
        for key, text in desk.get("secret", found["secretName"], here)["data"].items():
            (place / key).write_bytes(base64.b64decode(text))
    if found := volume.get("configMap"):
        for key, text in desk.get("configmap", found["name"], here)["data"].items():
            (place / key).write_text(text)
    return place


def _led(text: str, places: dict[str, Path]) -> str:
    for inside, place in places.items():
        if text == inside or text.startswith(f"{inside}/"):
            return f"{place}{text.removeprefix(inside)}"
    return text
