"""What happens around every request? A request id, a bound, one log line, metrics; pure ASGI."""

import re
import time
from typing import Final
from uuid import uuid4

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ironbull_kit import logs

MAX_BODY_BYTES: Final = 1024 * 1024
REQUEST_ID: Final = b"x-request-id"
_REQUEST_ID: Final = re.compile(rb"^[A-Za-z0-9_.-]{1,64}$")
REQUESTS: Final = Counter("ironbull_http_requests_total", "Requests.", ("audience", "status"))
SECONDS: Final = Histogram("ironbull_http_request_seconds", "Time to answer.", ("audience",))


class BodyTooLargeError(Exception):
    """The body is over `MAX_BODY_BYTES`."""


class Around:
    """Wraps an application of one audience."""

    def __init__(self, app: ASGIApp, audience: str) -> None:
        self._app = app
        self._audience = audience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, _bounded(receive), sending)
        finally:
            seconds = time.perf_counter() - began
            REQUESTS.labels(self._audience, str(status)).inc()
            SECONDS.labels(self._audience).observe(seconds)
            logs.get().info(
                "request",
                audience=self._audience,
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round(seconds * 1000, 1),
                request_id=request_id,
            )


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(REQUEST_ID, b"")
    return given.decode() if _REQUEST_ID.match(given) else uuid4().hex


def _bounded(receive: Receive) -> Receive:
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY_BYTES:
            raise BodyTooLargeError
        return message

    return receiving
