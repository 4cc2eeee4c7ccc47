"""How is the Kubernetes API read and written? One request each, errors as what they mean to us."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from kubernetes.aio import client, config
from kubernetes.aio.config import ConfigException

from ironbull_operator import figures
from ironbull_operator.kinds import EVENT, Kind, Object, Ref

MANAGER: Final = "ironbull-operator"
TIMEOUT_SECONDS: Final = 10.0
PAGE: Final = 500
APPLY: Final = "application/apply-patch+yaml"
JSON: Final = "application/json"
MERGE: Final = "application/merge-patch+json"
_AWAY: Final = frozenset({408, 429, 500, 502, 503, 504})


class KubeError(Exception):
    """The API answered no; the message is its own."""


class AwayError(KubeError):
    """The API did not answer, or said that it cannot now: what was asked may have been done."""


class ConflictError(KubeError):
    """It exists already, or somebody else wrote it since it was read."""


class MissingError(KubeError):
    """It, or what it lies in, does not exist."""


class RefusedError(KubeError):
    """It is not allowed or not valid: quota, rights, admission, schema."""


class Kube:
    """The API of one cluster, as one field manager."""

    def __init__(self, api: client.ApiClient) -> None:
        self.api = api

    async def get(self, ref: Ref) -> Object | None:
        """Return an object; None: it does not exist."""
        try:
            return await self._ask("GET", ref.path())
        except MissingError:
            return None

    async def list(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> Sequence[Object]:
        """Return all objects of a kind, page by page.

        Args:
            namespace: None means all of them.
            labels: that they bear.
        """
        query: dict[str, str] = {"limit": str(PAGE)}
        if labels:
            query["labelSelector"] = ",".join(f"{key}={value}" for key, value in labels.items())
        found: list[Object] = []
        while True:
            page = await self._ask("GET", kind.path(namespace), query)
            # The items of a list bear neither apiVersion nor kind.
            found += [
                {"apiVersion": kind.api_version, "kind": kind.name, **item}
                for item in page["items"]
            ]
            if not (rest := page["metadata"].get("continue")):
                return found
            query["continue"] = rest

    async def events(self, ref: Ref) -> Sequence[Object]:
        """Return the newest page of what the cluster told of an object."""
        chosen = f"regarding.kind={ref.kind.name},regarding.name={ref.name}"
        query = {"limit": str(PAGE), "fieldSelector": chosen}
        page = await self._ask("GET", EVENT.path(ref.namespace), query)
        found: Sequence[Object] = page["items"]
        return found

    async def apply(self, thing: Object) -> Object:
        """Make an object of ours as it is wanted, whoever else wrote those fields."""
        query = {"fieldManager": MANAGER, "force": "true"}
        return await self._ask("PATCH", Ref.of(thing).path(), query, thing, APPLY)

    async def apply_status(self, thing: Object) -> Object:
        """Write an object's status; `thing` holds nothing else but its name."""
        query = {"fieldManager": MANAGER, "force": "true"}
        return await self._ask("PATCH", Ref.of(thing).path("status"), query, thing, APPLY)

    async def create(self, thing: Object) -> Object:
        """Make an object that does not exist yet.

        Raises:
            ConflictError: it does.
        """
        ref = Ref.of(thing)
        query = {"fieldManager": MANAGER}
        return await self._ask("POST", ref.kind.path(ref.namespace), query, thing)

    async def replace(self, thing: Object) -> Object:
        """Write an object over the version that was read.

        Raises:
            ConflictError: it was written since.
        """
        return await self._ask("PUT", Ref.of(thing).path(), {"fieldManager": MANAGER}, thing)

    async def merge(self, ref: Ref, patch: Object) -> Object:
        """Change some fields of an object; a `resourceVersion` in it must still be the newest."""
        return await self._ask("PATCH", ref.path(), {"fieldManager": MANAGER}, patch, MERGE)

    async def delete(
        self, ref: Ref, uid: str | None = None, *, leaves_children: bool = False
    ) -> None:
        """Delete an object, of this uid alone when one is given; one that is gone is fine."""
        body: Object = {"propagationPolicy": "Orphan" if leaves_children else "Background"}
        if uid is not None:
            body["preconditions"] = {"uid": uid}
        try:
            await self._ask("DELETE", ref.path(), body=body)
        except MissingError:
            return

    async def serves(self, kind: Kind) -> bool:
        """Tell whether the cluster knows a kind; anybody may ask that."""
        group, _, plural = kind.path(None).rpartition("/")
        try:
            known = await self._ask("GET", group)
        except MissingError:
            return False
        return any(one["name"] == plural for one in known["resources"])

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content: str = JSON,
    ) -> Object:
        request = await self.api.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": JSON, "Content-Type": content},
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            answer = await self.api.call_api(*request, _request_timeout=TIMEOUT_SECONDS)
            raw = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            figures.REQUESTS.labels("<error>", method).inc()
            raise AwayError(f"{method} {path}: {type(error).__name__}: {error}") from error
        figures.REQUESTS.labels(str(answer.status), method).inc()
        if answer.status >= 400:
            raise _error(method, path, answer.status, raw)
        told: Object = json.loads(raw)
        return told


@asynccontextmanager
async def connected() -> AsyncIterator[Kube]:
    """Connect as the pod's service account, or as the person whose kubeconfig it is."""
    settings = client.Configuration()
    try:
        config.load_incluster_config(settings)
    except ConfigException:
        await config.load_kube_config(client_configuration=settings)
    async with client.ApiClient(settings) as api:
        yield Kube(api)


def _error(method: str, path: str, status: int, raw: bytes) -> KubeError:
    message = _message(raw)
    told = f"{method} {path}: {status} {message}"
    if status == 404:
        return MissingError(told)
    if status == 409:
        return ConflictError(told)
    return AwayError(told) if status in _AWAY else RefusedError(message)


def _message(raw: bytes) -> str:
    try:
        answer: Any = json.loads(raw)
    except ValueError:
        return raw[:200].decode(errors="replace")
    return str(answer.get("message", "")) if isinstance(answer, dict) else ""
