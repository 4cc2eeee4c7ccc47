"""How long is a watched child away or wrong? It is deleted, it is edited, and it is looked for."""

import asyncio
from collections.abc import Callable
from time import perf_counter

from bench.operator.cluster_api import MERGE, Thing
from bench.operator.stage import Stage

HASH = "ironbull.io/applied-hash"
SELECTOR = "?labelSelector=ironbull.io/tenant"
COLLECTIONS = (
    "/apis/apps/v1/namespaces/{}/deployments",
    "/apis/apps/v1/namespaces/{}/statefulsets",
    "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "/api/v1/namespaces/{}/configmaps",
    "/api/v1/namespaces/{}/limitranges",
    "/api/v1/namespaces/{}/resourcequotas",
    "/api/v1/namespaces/{}/services",
)
"""Of the kinds that the operator watches in a tenant's namespace."""
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.01


async def restored(scene: Stage) -> dict[str, float]:
    """Delete and edit each child of one tenant; return after how many seconds it was as before."""
    place = (await scene.all_of("strategies"))[0]["metadata"]["namespace"]
    took = {}
    for collection in COLLECTIONS:
        path = collection.format(place)
        for child in (await scene.api.must("GET", path + SELECTOR))["items"]:
            name = child["metadata"]["name"]
            kind = path.rpartition("/")[2]
            took[f"{kind}/{name} deleted"] = await _after_delete(scene, f"{path}/{name}", child)
            took[f"{kind}/{name} edited"] = await _after_edit(scene, f"{path}/{name}", child)
    return took


async def _after_delete(scene: Stage, path: str, child: Thing) -> float:
    uid = child["metadata"]["uid"]
    await scene.api.must("DELETE", path, {"propagationPolicy": "Background"})

    def is_there(found: Thing) -> bool:
        metadata = found.get("metadata", {})
        return "uid" in metadata and metadata["uid"] != uid

    return await _until(scene, path, is_there)


async def _after_edit(scene: Stage, path: str, child: Thing) -> float:
    wanted = child["metadata"]["annotations"][HASH]
    patch = {"metadata": {"annotations": {HASH: "edited"}}}
    await scene.api.must("PATCH", path, patch, MERGE)

    def is_back(found: Thing) -> bool:
        annotations = found.get("metadata", {}).get("annotations", {})
        return bool(annotations.get(HASH) == wanted)

    return await _until(scene, path, is_back)


async def _until(scene: Stage, path: str, is_so: Callable[[Thing], bool]) -> float:
    began = perf_counter()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            _, found = await scene.api.ask("GET", path)
            if is_so(found):
                return perf_counter() - began
            await asyncio.sleep(POLL_SECONDS)
