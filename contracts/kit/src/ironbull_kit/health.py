"""How does a process show that it lives and is ready? /live, /ready, /metrics on an own port."""

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ironbull_messages.problems import Code, Problem

Ready = Callable[[], Mapping[str, str]]
"""Returns what is not ready yet: part → why. Empty: ready."""
Faults = Callable[[], Mapping[str, str]]
"""Returns why the process should be started anew: part → why. Empty: it lives."""
HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 1.0


@asynccontextmanager
async def serve(
    port: int,
    missing: Ready,
    file: Path | None = None,
    host: str = HOST,
    faults: Faults = dict,
) -> AsyncIterator[str]:
    """Answer while the block runs; yield the address and write `{url, port, pid}` into `file`.

    Args:
        faults: without it a process lives as long as it answers.

    Raises:
        Problem: `port_taken`.
    """
    app = web.Application()
    app.router.add_get("/live", _live(faults))
    app.router.add_get("/ready", _ready(missing))
    app.router.add_get("/metrics", _metrics)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise Problem(Code.PORT_TAKEN, f"port {port} on {host}: {error.strerror}") from error
        chosen = int(runner.addresses[0][1])
        url = f"http://{host}:{chosen}"
        if file is not None:
            write(file, url, chosen)
        yield url
    finally:
        await runner.cleanup()


def write(file: Path, url: str, port: int) -> None:
    """Tell where the process answers; the file appears whole or not at all."""
    text = json.dumps({"url": url, "port": port, "pid": os.getpid()})
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(file)


def _live(faults: Faults) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        found = dict(faults())
        return web.json_response({"live": not found, "faults": found}, status=503 if found else 200)

    return answer


def _ready(missing: Ready) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        parts = dict(missing())
        return web.json_response(
            {"ready": not parts, "missing": parts}, status=503 if parts else 200
        )

    return answer


async def _metrics(_: web.Request) -> web.Response:
    body = generate_latest()
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
