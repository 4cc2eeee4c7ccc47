"""When is a process ready to serve?"""

import asyncio
import json
from pathlib import Path
from typing import Final

import httpx

from ironbull_local import ports, postgres
from ironbull_local.ports import LOOPBACK
from ironbull_local.postgres import Postgres
from ironbull_local.process import Ready

PROBE_SECONDS: Final = 2.0


def by_port(port: int) -> Ready:
    """Return a probe that passes when somebody listens."""

    async def probe() -> bool:
        return await asyncio.to_thread(ports.is_listening, port)

    return probe


def by_session(server: Postgres) -> Ready:
    """Return a probe that passes when PostgreSQL opens a session."""

    async def probe() -> bool:
        return await asyncio.to_thread(postgres.is_ready, server)

    return probe


def by_health_file(path: Path) -> Ready:
    """Return a probe that passes when the port in the file answers /ready with 200."""

    async def probe() -> bool:
        port = port_in(path)
        return port is not None and await _answers(f"http://{LOOPBACK}:{port}/ready")

    return probe


def by_endpoints_file(path: Path) -> Ready:
    """Return a probe that passes when an API has written where it listens."""

    async def probe() -> bool:
        return is_written(path)

    return probe


def is_written(path: Path) -> bool:
    """Tell whether a process has written its file since it was started."""
    return path.exists()


def port_in(path: Path) -> int | None:
    """Return the port in a health file; None as long as it is not written."""
    try:
        return int(json.loads(path.read_text())["port"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=PROBE_SECONDS) as client:
        try:
            return (await client.get(url)).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False
