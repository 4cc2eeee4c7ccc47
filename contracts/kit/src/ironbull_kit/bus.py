"""How does a process hold its connection to NATS? When it ends for good, so does the process."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from ironbull_kit import logs, nats_jwt
from ironbull_kit.drain import wait
from ironbull_kit.metrics import JWT_EXPIRES
from ironbull_messages import subjects
from ironbull_messages.fleet import RenewReply, RenewRequest
from ironbull_messages.problems import Code, Problem

TLS_SCHEME: Final = "tls://"
CONNECT_SECONDS: Final = 5
RECONNECT_WAIT_SECONDS: Final = 1
START_SECONDS: Final = 30.0
RENEW_AT: Final = 2 / 3
RENEW_RETRY_SECONDS: Final = 5.0
RENEW_RETRIES: Final = 20
"""Tries that fit between the time to renew and the end, however short the life is."""
RENEW_TIMEOUT_SECONDS: Final = 5.0


class Losses:
    """Tells whoever wants to hear it that a connection is lost, before it is made anew."""

    def __init__(self) -> None:
        self._hearers: list[Callable[[], Awaitable[None]]] = []

    def hear(self, hearer: Callable[[], Awaitable[None]]) -> None:
        """Call `hearer` at each loss; subscriptions that it ends are not made again."""
        self._hearers.append(hearer)

    async def tell(self) -> None:
        """Tell of a loss."""
        for hearer in self._hearers:
            await hearer()


async def connect(  # noqa: PLR0917 - what a connection is made of
    url: str,
    creds: Path,
    name: str,
    inbox: str,
    on_closed: Callable[[], None],
    losses: Losses | None = None,
    ca: Path | None = None,
) -> Client:
    """Connect; `on_closed` is called when the connection is gone for good.

    To a `tls://` server TLS is spoken from the first byte: a server that could ask for it first
    could also leave it out, and so could whoever sits between.

    Args:
        url: of the server.
        creds: the user's credentials, read again at each connection.
        name: of the connection, for people.
        inbox: what the user's replies begin with.
        on_closed: ends the process.
        losses: is told of each loss; None: nobody asks.
        ca: PEM of who vouches for a `tls://` server; None: the machine's own authorities.

    Raises:
        Problem: `messaging_unreachable` when the server does not answer within `START_SECONDS`,
            `setting_invalid` when `ca` cannot be read.
    """

    async def closed() -> None:
        on_closed()

    async def failed(error: Exception) -> None:
        logs.get().warning("bus_error", why=f"{type(error).__name__}: {error}")

    is_tls = url.startswith(TLS_SCHEME)
    context = _trusting(ca) if is_tls else None

    async def attempt() -> Client:
        while True:
            try:
                return await nats.connect(
                    url,
                    user_credentials=str(creds),
                    name=name,
                    inbox_prefix=inbox.encode(),
                    connect_timeout=CONNECT_SECONDS,
                    reconnect_time_wait=RECONNECT_WAIT_SECONDS,
                    max_reconnect_attempts=-1,
                    allow_reconnect=True,
                    closed_cb=closed,
                    disconnected_cb=None if losses is None else losses.tell,
                    error_cb=failed,
                    tls=context,
                    tls_handshake_first=is_tls,
                )
            except (OSError, NatsError) as error:
                logs.get().warning(
                    "bus_connect_failed", url=url, why=f"{type(error).__name__}: {error}"
                )
                await asyncio.sleep(RECONNECT_WAIT_SECONDS)

    try:
        return await asyncio.wait_for(attempt(), START_SECONDS)
    except TimeoutError as error:
        raise Problem(
            Code.MESSAGING_UNREACHABLE, f"{url} does not answer or refuses {creds.name}"
        ) from error


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise Problem(Code.SETTING_INVALID, f"authorities of NATS in {ca}: {error}") from error


async def keep_renewed(
    client: Client, creds: Path, tenant: str, token: str, stopping: asyncio.Event
) -> None:
    """Renew the user's JWT at two thirds of its life until the process ends.

    At expiry nats-py closes for good whatever its settings, so the file is written and the
    connection made anew before that.
    """
    while True:
        jwt, seed = _read(creds)
        claims = nats_jwt.read(jwt)
        expires = claims.get("exp")
        if expires is None:
            return
        JWT_EXPIRES.set(float(expires))
        life = expires - claims["iat"]
        due = claims["iat"] + life * RENEW_AT
        if await wait(stopping, max(due - time.time(), 0.0)):
            return
        renewed = await _renew(client, tenant, token, nats_jwt.public_key(seed))
        if renewed is None:
            pause = min(RENEW_RETRY_SECONDS, life * (1 - RENEW_AT) / RENEW_RETRIES)
            if await wait(stopping, pause):
                return
            continue
        draft = creds.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(nats_jwt.credentials(renewed, seed))
        draft.replace(creds)
        await client.force_reconnect()


def _read(creds: Path) -> tuple[str, str]:
    return nats_jwt.read_credentials(creds.read_text())


async def _renew(client: Client, tenant: str, token: str, public: str) -> str | None:
    request = RenewRequest(token=token, public_key=public)
    try:
        answer = await client.request(
            subjects.renew(tenant, token), request.to_bytes(), timeout=RENEW_TIMEOUT_SECONDS
        )
        reply = RenewReply.model_validate_json(answer.data)
    except (NatsError, TimeoutError, ValueError) as error:
        logs.get().warning("renewal_failed", why=type(error).__name__)
        return None
    if not reply.jwt:
        logs.get().error("renewal_refused", why=reply.why)
    return reply.jwt or None
