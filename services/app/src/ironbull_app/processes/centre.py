"""The centre: all central roles in one process; one that fails ends it, and it starts anew."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from nats.aio.client import Client

from ironbull_app.db import migrate
from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.repositories.sync import begin_sync
from ironbull_app.db.unit_of_work import Database, retried
from ironbull_app.flows.fleet_epoch import keep_epoch
from ironbull_app.processes import (
    controls,
    dispatcher,
    fleet,
    market,
    relay,
    retention,
    settler,
    sync,
    troubles,
    watch,
)
from ironbull_app.processes.schema_wait import wait_for_schema
from ironbull_app.settings import CentreSettings
from ironbull_kit import bus, drain, health, logs, seal, streams
from ironbull_kit.clocks import machine_now, monotonic

NAME: Final = "centre"
POOL: Final = 16


async def run(settings: CentreSettings) -> None:
    """Run every role until the process should end.

    Raises:
        Problem: a setting, the database or NATS is not as it must be.
        ExceptionGroup: a role failed.
    """
    logs.configure(NAME, settings.log_level)
    stopping = drain.on_signals()
    missing: dict[str, str] = {"centre": "starting"}
    database = Database(settings.database_url, size=POOL)
    async with health.serve(
        settings.health_port, lambda: missing, settings.health_file, settings.host
    ):
        await database.open()
        try:
            await wait_for_schema(database, migrate.head(), stopping)
            client = await bus.connect(
                settings.nats_url, settings.nats_creds, NAME, f"_INBOX_{NAME}", stopping.set
            )
            await streams.ensure_streams(client.jetstream())
            roles = await _roles(settings, database, client, stopping)
            missing.clear()
            logs.get().info("centre_started", roles=sorted(roles))
            async with asyncio.TaskGroup() as group:
                for name, role in roles.items():
                    group.create_task(_ends_all(role, stopping), name=name)
            await client.close()
        finally:
            await database.close()


async def _ends_all(role: Coroutine[Any, Any, None], stopping: asyncio.Event) -> None:
    """Run a role; when it ends, for whatever reason, the others end too."""
    try:
        await role
    finally:
        stopping.set()


async def _roles(
    settings: CentreSettings, database: Database, client: Client, stopping: asyncio.Event
) -> dict[str, Coroutine[Any, Any, None]]:
    parts = fleet.FleetParts(
        client=client,
        begin=begin_fleet(database),
        keys=seal.read_key_ring(settings.master_key),
        signing_key=seal.read_signing_key(settings.centre_signing_key),
        database_epoch=await retried(lambda: keep_epoch(begin_fleet(database))),
        now=machine_now,
        monotonic=monotonic,
    )
    roles = {
        "dispatcher": dispatcher.run(database, client, machine_now, stopping),
        "settler": settler.run(database, client, machine_now, stopping),
        "relay": relay.run(database, settings.database_url, client, stopping),
        "watch": watch.run(database, client, machine_now, stopping),
        "retention": retention.run(database, stopping),
        "fleet": fleet.run(parts, stopping),
        "troubles": troubles.run(database, stopping),
        "controls": controls.run(parts.begin, settings.database_url, client, machine_now, stopping),
        "sync": sync.run(sync.SyncParts(client, begin_sync(database), machine_now), stopping),
    }
    if settings.venue_url is not None:
        roles["market"] = market.run(database, client, settings.venue_url, stopping)
    if settings.live_allowed:
        roles["live market"] = market.run(database, client, None, stopping)
    return roles
