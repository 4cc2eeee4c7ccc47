"""How does the demo act? Through the public doors alone: signed calls, staff's token, the venue."""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final

import httpx

from ironbull_local.keys import MerchantKey
from ironbull_messages.problems import Code, Problem

TIMEOUT_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Merchant:
    """A tenant's server: every request is signed (docs: merchant API)."""

    client: httpx.AsyncClient
    url: str
    key: MerchantKey

    async def post(self, path: str, body: dict[str, Any], once: str) -> dict[str, Any]:
        """Make something; the same `once` makes it once.

        Raises:
            Problem: the API refused, with its own words.
        """
        return await self._send("POST", path, body, {"idempotency-key": once})

    async def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Set something."""
        return await self._send("PUT", path, body, {})

    async def get(self, path: str) -> dict[str, Any]:
        """Read something."""
        return await self._send("GET", path, None, {})

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None, more: dict[str, str]
    ) -> dict[str, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {
            "content-type": "application/json",
            **more,
            **self._signed(method, path, content),
        }
        answer = await self.client.request(
            method, self.url + path, content=content, headers=headers
        )
        return _read(answer)

    def _signed(self, method: str, path: str, content: bytes) -> dict[str, str]:
        timestamp, nonce = str(time.time_ns() // 1_000_000), secrets.token_hex(16)
        digest = hashlib.sha256(content).hexdigest()
        text = f"{method}\n{path}\n\n{timestamp}\n{nonce}\n{digest}"
        signature = hmac.new(self.key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return {
            "x-ib-key": self.key.key_id,
            "x-ib-timestamp": timestamp,
            "x-ib-nonce": nonce,
            "x-ib-signature": signature,
        }


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody with a bearer token: the platform's staff, or who runs the paper exchange."""

    client: httpx.AsyncClient
    url: str
    token: str

    async def post(self, path: str, body: dict[str, Any], once: str = "") -> dict[str, Any]:
        """Do something.

        Raises:
            Problem: the other side refused, with its own words.
        """
        headers = {"authorization": f"Bearer {self.token}"}
        if once:
            headers["idempotency-key"] = once
        return _read(await self.client.post(self.url + path, json=body, headers=headers))


def _read(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_success:
        found: dict[str, Any] = answer.json()
        return found
    request = answer.request
    raise Problem(
        Code.PROCESS_FAILED,
        f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:400]}",
    )
