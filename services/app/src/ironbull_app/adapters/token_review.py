"""Who calls, in a cluster? Kubernetes tells by the caller's token of its service account.

The token is made for one audience and lives minutes; Kubernetes checks signature, life and whether
its pod still exists. Plain HTTPS: the image needs no Kubernetes client.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from pydantic import BaseModel, ValidationError

from ironbull_kit import secret
from ironbull_messages.launch import PLATFORM_AUDIENCE
from ironbull_messages.problems import Code, Problem

PATH: Final = "/apis/authentication.k8s.io/v1/tokenreviews"
TIMEOUT_SECONDS: Final = 5.0
CACHE_SECONDS: Final = 60.0
MAX_CACHED: Final = 64
MAX_TOKEN: Final = 16 * 1024
MAX_ANSWER: Final = 256 * 1024
MAX_AT_ONCE: Final = 4
"""Reviews under way: strangers must not make us a burden to the API server."""
TOKEN_FILE: Final = "token"  # noqa: S105 - the name of a file
AUTHORITY_FILE: Final = "ca.crt"
CREATED: Final = 201


class _User(BaseModel):
    username: str = ""


class _Status(BaseModel):
    authenticated: bool = False
    user: _User = _User()
    audiences: tuple[str, ...] = ()


class _Review(BaseModel):
    status: _Status


@dataclass(slots=True)
class TokenReview:
    """The one service account that may call.

    Args:
        account: `system:serviceaccount:<namespace>:<name>`, exactly.
        url: of the Kubernetes API.
        folder: holds the token with which we ask and the cluster's CA, as pods have them.
        monotonic: seconds that never step.
    """

    account: str
    url: str
    folder: Path
    monotonic: Callable[[], float]
    _passed: dict[bytes, float] = field(default_factory=dict)
    """Hash of a token → instant until which it passes."""
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_AT_ONCE))

    async def check(self, token: str) -> None:
        """Let the account pass.

        Raises:
            Problem: `token_wrong`; `unavailable` when Kubernetes cannot be asked.
        """
        if not 0 < len(token) <= MAX_TOKEN:
            raise Problem(Code.TOKEN_WRONG, f"a token has 1 to {MAX_TOKEN} characters")
        key = hashlib.sha256(token.encode()).digest()
        if self._passed.get(key, 0.0) > self.monotonic():
            return
        self._passed.pop(key, None)
        until = self.monotonic() + CACHE_SECONDS
        async with self._room:
            status = await self._ask(token)
        if (why := self._refusal(status)) is not None:
            raise Problem(Code.TOKEN_WRONG, why)
        if len(self._passed) >= MAX_CACHED:
            self._passed.clear()
        self._passed[key] = until

    def _refusal(self, status: _Status) -> str | None:
        if not status.authenticated:
            return f"Kubernetes does not accept the token for audience {PLATFORM_AUDIENCE}"
        if PLATFORM_AUDIENCE not in status.audiences:
            return f"the token is not for audience {PLATFORM_AUDIENCE}"
        if status.user.username != self.account:
            return f"{status.user.username} may not call here"
        return None

    async def _ask(self, token: str) -> _Status:
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token, "audiences": [PLATFORM_AUDIENCE]},
        }
        try:
            # Both files are rotated, and the question is rare: read for each.
            own = await asyncio.to_thread(secret.read, self.folder / TOKEN_FILE)
            trust = await asyncio.to_thread(_trust, self.folder / AUTHORITY_FILE)
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT_SECONDS)) as session,
                session.post(
                    self.url + PATH,
                    json=body,
                    headers={"Authorization": f"Bearer {own.reveal()}"},
                    ssl=trust,
                    allow_redirects=False,
                ) as answer,
            ):
                raw = await _whole(answer)
                if answer.status != CREATED:
                    raise _unavailable(f"it answered {answer.status}")
                return _Review.model_validate_json(raw).status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unavailable(type(error).__name__) from error
        except ValidationError:
            raise _unavailable("its answer is no TokenReview") from None


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    raw = b""
    async for part in answer.content.iter_any():
        raw += part
        if len(raw) > MAX_ANSWER:
            raise _unavailable(f"its answer is longer than {MAX_ANSWER} bytes")
    return raw


def _trust(authority: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority))


def _unavailable(why: str) -> Problem:
    return Problem(Code.UNAVAILABLE, f"Kubernetes cannot be asked who calls: {why}")
