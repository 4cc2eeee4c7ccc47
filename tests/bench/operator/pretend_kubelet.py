"""Who says that pods run where there is no node? As KWOK does: each pod is told to be ready.

Deployments and StatefulSets are then counted by the real controllers.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import aiohttp
from bench.operator.cluster_api import MERGE, ClusterApi, Thing

AGAIN_SECONDS = 1.0


async def run(api: ClusterApi) -> None:
    """Have every pod ready, and every deleted one gone, for as long as this is awaited."""
    while True:
        with suppress(aiohttp.ClientError, OSError, TimeoutError):  # it is away at times
            async for event, pod in api.watch("/api/v1/pods"):
                if event in {"ADDED", "MODIFIED"}:
                    await _tend(api, pod)
        await asyncio.sleep(AGAIN_SECONDS)


async def _tend(api: ClusterApi, pod: Thing) -> None:
    metadata = pod["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
    if "deletionTimestamp" in metadata:
        await api.ask("DELETE", path, {"gracePeriodSeconds": 0})
    elif pod.get("status", {}).get("phase") != "Running":
        await api.ask("PATCH", f"{path}/status", {"status": _ready(pod)}, MERGE)


def _ready(pod: Thing) -> Thing:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "phase": "Running",
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": now}
            for kind in ("Initialized", "ContainersReady", "Ready")
        ],
        "containerStatuses": [
            {
                "name": one["name"],
                "image": one["image"],
                "imageID": one["image"],
                "ready": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": now}},
            }
            for one in pod["spec"]["containers"]
        ],
    }
