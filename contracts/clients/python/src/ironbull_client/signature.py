"""How is a request signed? As the last thing before it leaves, so each try has its own nonce."""

import hashlib
import hmac
import time
from collections.abc import Callable, Generator
from typing import Final
from urllib.parse import parse_qsl, quote
from uuid import uuid4

import httpx

_BYTES: Final = "latin-1"
"""Each byte is one character, so what is signed are the bytes that are sent."""


def now_ms() -> int:
    """Return Unix milliseconds."""
    return time.time_ns() // 1_000_000


def fresh_nonce() -> str:
    """Return 32 letters and digits that were never used."""
    return uuid4().hex


class Signature(httpx.Auth):
    """Sign every request of an httpx client, also one that follows or is sent again."""

    requires_request_body = True

    def __init__(
        self,
        key_id: str,
        secret: str,
        *,
        clock: Callable[[], int] = now_ms,
        nonce: Callable[[], str] = fresh_nonce,
    ) -> None:
        """Keep the tenant's merchant key; `clock` gives Unix milliseconds."""
        self._key_id = key_id
        self._secret = secret.encode()
        self._clock = clock
        self._nonce = nonce

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the four headers."""
        request.headers.update(self._headers(request))
        yield request

    def _headers(self, request: httpx.Request) -> dict[str, str]:
        timestamp, nonce = self._clock(), self._nonce()
        text = signed_text(
            request.method, request.url.raw_path.decode(), timestamp, nonce, request.content
        )
        return {
            "X-IB-Key": self._key_id,
            "X-IB-Timestamp": str(timestamp),
            "X-IB-Nonce": nonce,
            "X-IB-Signature": hmac.new(self._secret, text, hashlib.sha256).hexdigest(),
        }


def signed_text(method: str, target: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """Return the six lines that are signed.

    Args:
        method: in capitals.
        target: path and query as they are sent, with their percent-encoding.
        timestamp: Unix milliseconds.
        nonce: 16–64 letters and digits, new for each request.
        body: as it is sent.
    """
    path, _, query = target.partition("?")
    pairs = sorted(parse_qsl(query, keep_blank_values=True, encoding=_BYTES))
    sorted_query = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)
    digest = hashlib.sha256(body).hexdigest()
    return "\n".join((method, path, sorted_query, str(timestamp), nonce, digest)).encode()


def _encode(text: str) -> str:
    return quote(text, safe="", encoding=_BYTES)
