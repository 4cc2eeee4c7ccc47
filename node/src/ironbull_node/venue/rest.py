"""How does a signed request leave through ccxt, once, and how does its failure come back raw?

ccxt signs and sends; its throttle, retries, cache and error classes are off, since the classes do
not tell a reject from an unknown outcome. One instance serves all accounts: signing is one step
without an await, so the keys of the call stand in a context variable.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

import aiohttp
import ccxt.async_support as ccxt

from ironbull_messages.fleet import Credentials
from ironbull_node.venue.port import VenueError

TIMEOUT_MS: Final = 10_000
MAX_CONNECTIONS: Final = 256
MAX_MESSAGE: Final = 160
BAD_STATUS: Final = 400

Headers = Mapping[str, str]
Listener = Callable[[int, Headers], None]
"""Told of each answer's status and headers, as soon as they are there."""

_KEYS: ContextVar[Credentials | None] = ContextVar("keys", default=None)


class Rest(ccxt.binanceusdm):  # type: ignore[misc] # ccxt ships no types
    """Binance's futures through ccxt, raw: one request, one answer or one error."""

    def __init__(self, base_url: str | None, listener: Listener) -> None:
        connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS)
        super().__init__(
            {
                "enableRateLimit": False,
                "maxRetriesOnFailure": 0,
                "timeout": TIMEOUT_MS,
                "session": aiohttp.ClientSession(connector=connector),
                "quoteJsonNumbers": False,
                "enableLastJsonResponse": False,
                "enableLastHttpResponse": False,
                "enableLastResponseHeaders": False,
                "options": {"maxRetriesOnFailure": 0},
            }
        )
        self._listener = listener
        self._our_session = self.session
        if base_url is not None:
            self._point_at(base_url.rstrip("/"))

    async def call(
        self,
        access: str,
        method: str,
        path: str,
        params: Mapping[str, object],
        keys: Credentials | None = None,
    ) -> object:
        """Send one request.

        Raises:
            VenueError: the venue answered with an error.
            Exception: whatever transport raised; its cause tells whether bytes were sent.
        """
        token = _KEYS.set(keys)
        try:
            answer: object = await self.request(path, [access], method, dict(params))
        finally:
            _KEYS.reset(token)
        return answer

    async def shut(self) -> None:
        """Close the connections."""
        await self._our_session.close()
        await self.close()

    def sign(self, *arguments: Any, **named: Any) -> Any:
        """Sign with the keys of this call."""
        keys = _KEYS.get()
        self.apiKey = keys.api_key if keys else ""
        self.secret = keys.api_secret if keys else ""
        try:
            return super().sign(*arguments, **named)
        finally:
            self.apiKey = self.secret = ""

    def set_last_request(self, request: Any) -> None:
        """Remember nothing of a signed request."""

    def on_rest_response(self, code: int, *rest: Any) -> Any:
        """Tell the limiter what the headers say; return the body."""
        _, _, _, headers, body, *_ = rest
        self._listener(code, headers)
        return body.strip()

    def handle_errors(self, code: int, reason: Any, *rest: Any) -> None:
        """Raise every error with the venue's own code, and nothing for a success.

        Raises:
            VenueError: the status or the body says no.
        """
        response = rest[4]
        said = response.get("code") if isinstance(response, dict) else None
        is_error = isinstance(said, int) and said < 0
        if code < BAD_STATUS and not is_error:
            return
        if is_error and isinstance(response, dict):
            raise VenueError(str(said), str(response.get("msg", ""))[:MAX_MESSAGE])
        raise VenueError("", f"http {code} {reason}"[:MAX_MESSAGE])

    def _point_at(self, base: str) -> None:
        for version, suffix in (("v1", ""), ("v2", "V2"), ("v3", "V3")):
            for access in ("fapiPublic", "fapiPrivate"):
                self.urls["api"][access + suffix] = f"{base}/fapi/{version}"
        self.urls["api"]["sapi"] = f"{base}/sapi/v1"
