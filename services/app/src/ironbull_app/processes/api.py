"""The API process: three audiences on three ports, in one loop."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Final

import uvicorn

from ironbull_app.adapters.file_token import FileToken
from ironbull_app.adapters.token_review import TokenReview
from ironbull_app.api.app import Audience, create_app
from ironbull_app.api.parts import Parts
from ironbull_app.db import migrate
from ironbull_app.db.unit_of_work import Database
from ironbull_app.ports.callers import CallerIdentity
from ironbull_app.processes import api_readiness
from ironbull_app.processes.schema_wait import wait_for_schema
from ironbull_app.settings import ApiSettings
from ironbull_kit import drain, health, logs, seal
from ironbull_kit.clocks import machine_now, monotonic
from ironbull_messages.launch import Env
from ironbull_messages.problems import Code, Problem

BACKLOG: Final = 512
MAX_CONNECTIONS: Final = 1_000
STOP_SECONDS: Final = 5
POOL: Final = 12


class _Server(uvicorn.Server):
    """Leaves signals to the process, which ends all servers together."""

    def install_signal_handlers(self) -> None:
        """Install none."""


async def run(settings: ApiSettings) -> None:
    """Serve until the process should end.

    Raises:
        Problem: a setting, a port or the database is not as it must be.
    """
    logs.configure("api", settings.log_level)
    stopping = drain.on_signals()
    missing: dict[str, str] = {"api": "starting"}
    database = Database(settings.database_url, settings.tenant_database_url, POOL)
    async with health.serve(
        settings.health_port, lambda: missing, settings.health_file, settings.host
    ):
        await database.open()
        try:
            await wait_for_schema(database, migrate.head(), stopping)
            await _serve(settings, _parts(settings, database), missing, stopping)
        finally:
            await database.close()


def _parts(settings: ApiSettings, database: Database) -> Parts:
    return Parts(
        database=database,
        keys=seal.read_key_ring(settings.master_key),
        now=machine_now,
        staff=FileToken(settings.staff_token),
        operator=operator_of(settings),
        started_ms=int(machine_now().timestamp() * 1000),
        trusted_proxies=settings.trusted_proxies,
    )


def operator_of(settings: ApiSettings) -> CallerIdentity:
    """Return who knows the platform API's caller: a file on one machine, Kubernetes in a cluster.

    Raises:
        Problem: `setting_invalid`: none is named, or both.
    """
    token, account = settings.platform_token, settings.platform_caller
    if token is not None and account is None:
        return FileToken(token)
    if account is not None and token is None:
        url, folder = settings.kubernetes_url, settings.kubernetes_folder
        return TokenReview(account, url, folder, monotonic)
    names = f"{Env.PLATFORM_TOKEN.value} or {Env.PLATFORM_CALLER.value}"
    raise Problem(Code.SETTING_INVALID, f"set {names}, and not both: who may call?")


async def _serve(
    settings: ApiSettings, parts: Parts, missing: dict[str, str], stopping: asyncio.Event
) -> None:
    ports = {
        Audience.MERCHANT: settings.merchant_port,
        Audience.ADMIN: settings.admin_port,
        Audience.PLATFORM: settings.platform_port,
    }
    sockets = {audience: _listen(settings.host, port) for audience, port in ports.items()}
    servers = {audience: _server(audience, parts) for audience in ports}
    if settings.endpoints_file is not None:
        _publish(settings.endpoints_file, sockets)
    missing.clear()
    async with asyncio.TaskGroup() as group:
        for audience, server in servers.items():
            group.create_task(server.serve([sockets[audience]]))
        group.create_task(api_readiness.watch(parts.database, missing, stopping))
        await stopping.wait()
        for server in servers.values():
            server.should_exit = True


def _server(audience: Audience, parts: Parts) -> _Server:
    config = uvicorn.Config(
        create_app(audience, parts),
        access_log=False,
        log_config=None,
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # whom to believe is told by our own setting
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return _Server(config)


def _listen(host: str, port: int) -> socket.socket:
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        raise Problem(Code.PORT_TAKEN, f"port {port} on {host}: {error.strerror}") from error
    taken.listen(BACKLOG)
    return taken


def _publish(file: Path, sockets: dict[Audience, socket.socket]) -> None:
    """Tell where the audiences listen; the file appears whole or not at all."""
    urls = {
        audience.value: "http://{}:{}".format(*one.getsockname())
        for audience, one in sockets.items()
    }
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(urls))
    draft.replace(file)
