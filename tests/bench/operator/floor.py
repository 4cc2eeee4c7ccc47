"""The floor: the least that kopf can do. `on.event`, ten workers, one status write for each object.

`python floor.py RECORD` runs until it is ended and keeps its count in the file RECORD.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import kopf
from kubernetes.aio import client, config

GROUP, VERSION = "ironbull.io", "v1alpha1"
PLURALS = ("tenants", "strategies", "executionnodes")
WORKERS = 10
RECORD_SECONDS = 0.05


class Floor:
    """One status write for each generation of each object."""

    def __init__(self, api: client.ApiClient) -> None:
        self._api = api
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.writes = 0
        self.errors = 0
        self.last_at = 0.0

    async def hear(self, event: Any, **_: Any) -> None:
        """Queue what has not been told of this generation."""
        thing = event["object"]
        told = thing.get("status", {}).get("observedGeneration")
        if event["type"] != "DELETED" and told != thing["metadata"]["generation"]:
            await self.queue.put(thing)

    async def work(self) -> None:
        """Write status after status."""
        while True:
            thing = await self.queue.get()
            metadata = thing["metadata"]
            plural = f"{thing['kind'].lower()}s".replace("ys", "ies")
            place = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
            request = await self._api.param_serialize(
                "PATCH",
                f"/apis/{GROUP}/{VERSION}{place}/{plural}/{metadata['name']}/status",
                query_params=[("fieldManager", "floor"), ("force", "true")],
                header_params={
                    "Accept": "application/json",
                    "Content-Type": "application/apply-patch+yaml",
                },
                body=_status(thing),
            )
            answer = await self._api.call_api(*request)
            await answer.read()
            self.writes += answer.status < 400
            self.errors += answer.status >= 400
            self.last_at = time.time()


def _status(thing: dict[str, Any]) -> dict[str, Any]:
    """Return a status as the operator writes it, but for what it knows."""
    metadata = {
        key: thing["metadata"][key] for key in ("name", "namespace") if key in thing["metadata"]
    }
    generation = thing["metadata"]["generation"]
    return {
        "apiVersion": thing["apiVersion"],
        "kind": thing["kind"],
        "metadata": metadata,
        "status": {
            "observedGeneration": generation,
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "Told",
                    "message": "the floor says so",
                    "observedGeneration": generation,
                    "lastTransitionTime": "2026-01-01T00:00:00Z",
                }
            ],
        },
    }


async def _keep(floor: Floor, record: Path) -> None:
    while True:
        text = {"writes": floor.writes, "errors": floor.errors, "last_at": floor.last_at}
        draft = record.with_suffix(".draft")
        draft.write_text(json.dumps(text))
        draft.replace(record)
        await asyncio.sleep(RECORD_SECONDS)


async def main(record: Path) -> None:
    """Run until ended."""
    settings = client.Configuration()
    await config.load_kube_config(client_configuration=settings)
    async with client.ApiClient(settings) as api:
        floor = Floor(api)
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry)(kopf.login_with_kubeconfig)
        for plural in PLURALS:
            kopf.on.event(GROUP, VERSION, plural, registry=registry, id="hear")(floor.hear)
        made = kopf.OperatorSettings()
        made.posting.enabled = False
        made.scanning.disabled = True
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(floor.work())
            group.create_task(_keep(floor, record))
            group.create_task(
                kopf.operator(registry=registry, settings=made, clusterwide=True, standalone=True)
            )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
