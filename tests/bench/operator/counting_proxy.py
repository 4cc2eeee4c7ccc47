"""How often is the platform asked? A proxy in front of its API counts requests by method."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

HOST = "127.0.0.1"


@dataclass(slots=True)
class Counted:
    """What was asked for so far."""

    url: str = ""
    methods: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    """By method and path."""
    refused: Counter[str] = field(default_factory=Counter)
    """Status and path of what was answered with a no."""


@asynccontextmanager
async def counting(target: str) -> AsyncIterator[Counted]:
    """Pass everything on to the target."""
    counted = Counted()
    async with aiohttp.ClientSession() as session:

        async def handle(request: web.Request) -> web.Response:
            counted.methods[request.method] += 1
            counted.asked[f"{request.method} {request.path}"] += 1
            headers = {
                key: value
                for key, value in request.headers.items()
                if key.lower() in {"authorization", "content-type"}
            }
            async with session.request(
                request.method,
                target + request.path_qs,
                data=await request.read(),
                headers=headers,
            ) as answer:
                body = await answer.read()
            if answer.status >= 400:
                counted.refused[f"{answer.status} {request.path}"] += 1
            return web.Response(body=body, status=answer.status, content_type=answer.content_type)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, 0)
            await site.start()
            counted.url = f"http://{HOST}:{runner.addresses[0][1]}"
            yield counted
        finally:
            await runner.cleanup()
