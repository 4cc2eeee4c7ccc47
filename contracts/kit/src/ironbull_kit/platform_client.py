"""How do operator and local starter tell the centre about documents? The platform API, bounded.

Every call is an idempotent PUT, DELETE or GET, so a call whose answer was lost is made again.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import aiohttp
from pydantic import ValidationError

from ironbull_kit.secret import Secret
from ironbull_messages.problems import Code, Problem, ProblemDocument

MAX_ATTEMPTS: Final = 3
TIMEOUT_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.5
SERVER_FAULT: Final = 500
REFUSED: Final = 400


class PlatformClient:
    """The platform API of one centre; use it as an asynchronous context.

    The token is asked for at each call: one from a cluster lives minutes.

    Each call raises `Problem` when the centre refuses, `ConnectionError` when it could not be asked
    `MAX_ATTEMPTS` times.
    """

    def __init__(self, url: str, token: Callable[[], Secret]) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def put_tenant(
        self, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Tell a tenant's document; the answer holds `engine_token`."""
        body = {"uid": uid, "generation": generation, "spec": spec}
        return await self._call("PUT", f"/v1/tenants/{name}", body)

    async def put_strategy(
        self, tenant: str, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Tell a strategy's document; the answer holds its `kill_switch`."""
        body = {"uid": uid, "generation": generation, "spec": spec}
        return await self._call("PUT", f"/v1/tenants/{tenant}/strategies/{name}", body)

    async def put_node(
        self, tenant: str, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Tell a pool's document; the answer holds `members: [{index, token}]`."""
        body = {"uid": uid, "generation": generation, "spec": spec}
        return await self._call("PUT", f"/v1/tenants/{tenant}/nodes/{name}", body)

    async def put_merchant_key(
        self, tenant: str, key_id: str, key: Secret, generation: int = 1, overlap_seconds: int = 0
    ) -> dict[str, Any]:
        """Tell with which secret a tenant signs; keys of older generations live for the overlap.

        The answer holds `retired_until`: when the last of those ends.
        """
        path = f"/v1/tenants/{tenant}/merchant-keys/{key_id}"
        body = {
            "secret": key.reveal(),
            "generation": generation,
            "overlap_seconds": overlap_seconds,
        }
        return await self._call("PUT", path, body)

    async def get_unresolved(self, tenant: str, strategy: str | None = None) -> dict[str, Any]:
        """Return what is not over: counts of `positions`, `orders`, `unknown`, and `rows`."""
        query = "" if strategy is None else f"?strategy={strategy}"
        return await self._call("GET", f"/v1/tenants/{tenant}/unresolved{query}", None)

    async def end_tenant(
        self, name: str, uid: str, *, is_erased: bool, is_forced: bool
    ) -> dict[str, Any]:
        """Close a tenant of this uid; `ended` tells whether it was stored."""
        words = {"uid": uid, "erase": str(is_erased).lower(), "force": str(is_forced).lower()}
        return await self._call("DELETE", f"/v1/tenants/{name}?{urlencode(words)}", None)

    async def end_strategy(self, tenant: str, name: str, uid: str) -> dict[str, Any]:
        """Close a strategy of this uid."""
        return await self._call(
            "DELETE", f"/v1/tenants/{tenant}/strategies/{name}?uid={quote(uid)}", None
        )

    async def end_node(self, tenant: str, name: str, uid: str) -> dict[str, Any]:
        """Close a pool of this uid."""
        return await self._call(
            "DELETE", f"/v1/tenants/{tenant}/nodes/{name}?uid={quote(uid)}", None
        )

    async def get_members(self, tenant: str, pool: str) -> dict[str, Any]:
        """Return how a pool's members are: `members: [{index, token, is_alive, accounts, …}]`."""
        return await self._call("GET", f"/v1/tenants/{tenant}/nodes/{pool}/members", None)

    async def get_hashes(self) -> dict[str, Any]:
        """Return what the centre knows of each document, to find what differs."""
        return await self._call("GET", "/v1/hashes", None)

    async def get_kill_switches(self) -> dict[str, Any]:
        """Return how each kill switch was left: `kill_switches: [{tenant, strategy, …}]`."""
        return await self._call("GET", "/v1/kill-switches", None)

    async def get_troubles(self) -> dict[str, Any]:
        """Return what is wrong right now: `troubles: [{kind, tenant, subject, detail}]`."""
        return await self._call("GET", "/v1/troubles", None)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        why = ""
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS * attempt)
            try:
                return await self._once(method, path, body)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why = f"{type(error).__name__}: {error}"
            except Problem as problem:
                if problem.row.status < SERVER_FAULT or attempt == MAX_ATTEMPTS - 1:
                    raise
                why = problem.detail
        raise ConnectionError(f"{method} {self._url}{path}: {why}")

    async def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("the platform client is used outside its context")
        url = f"{self._url}{path}"
        headers = {"Authorization": f"Bearer {self._token().reveal()}"}
        async with self._session.request(method, url, json=body, headers=headers) as response:
            raw = await response.read()
            if response.status >= REFUSED:
                raise _problem(response.status, raw)
        answer: dict[str, Any] = json.loads(raw) if raw else {}
        return answer


def _problem(status: int, raw: bytes) -> Problem:
    """Read the centre's problem; one that cannot be read says its status."""
    try:
        told = ProblemDocument.model_validate_json(raw)
    except ValidationError:
        code = Code.INTERNAL if status >= SERVER_FAULT else Code.VALIDATION_FAILED
        return Problem(code, f"the centre answered {status} without a readable problem")
    return Problem(told.code, told.detail, told.errors)
