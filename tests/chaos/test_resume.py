"""The whole platform is killed or falls asleep at once, and goes on as if nothing had been."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from fixtures import rough_weather
from fixtures.rough_weather import Weather

from ironbull_local import folder as folders
from ironbull_local import observed, view
from ironbull_local.demo.scenario import SEED
from ironbull_local.folder import DataFolder
from ironbull_local.observed import Phase
from ironbull_local.supervisor import Supervisor
from ironbull_local.up import Running, platform
from ironbull_messages.fleet import LEASE_SECONDS

JWT_SECONDS = 20
ASLEEP_SECONDS = max(JWT_SECONDS, LEASE_SECONDS) + 10
TRADES_BEFORE = 10
TRADES_AFTERWARDS = 10


@pytest.mark.timeout(600)
async def test_a_sleep_longer_than_leases_and_credentials_leaves_no_trace() -> None:
    options = replace(rough_weather.OPTIONS, jwt_seconds=JWT_SECONDS)
    async with rough_weather.trading(options) as weather:
        await weather.until_more_trades(TRADES_BEFORE)
        supervisor = weather.running.supervisor
        groups = [pid for name in supervisor.names if (pid := supervisor[name].pid) is not None]
        seen = await weather.tally()
        view.line(f"all asleep: {seen.in_flight} in flight, {seen.open} open")
        _signal(groups, signal.SIGSTOP)
        time.sleep(ASLEEP_SECONDS)  # noqa: ASYNC251 - the supervisor in here is to sleep as well
        _signal(groups, signal.SIGCONT)
        await weather.until_more_trades(TRADES_AFTERWARDS)
        checks = await weather.judge()
    assert checks
    assert not [f"{check.claim}: {fault}" for check in checks for fault in check.faults]


@pytest.mark.timeout(600)
async def test_a_platform_that_was_killed_goes_on_where_it_was() -> None:
    with rough_weather.new_folder() as folder:
        async with _on_its_own(folder) as (process, weather):
            await weather.until_more_trades(TRADES_BEFORE)
            seen = await weather.tally()
            view.line(f"kill -9 the platform: {seen.in_flight} in flight, {seen.open} open")
            process.kill()
        async with platform(folder, rough_weather.OPTIONS, view.done) as running:
            weather = Weather(folder, running)
            await weather.until_more_trades(TRADES_AFTERWARDS)
            checks = await weather.judge()
    assert checks
    assert not [f"{check.claim}: {fault}" for check in checks for fault in check.faults]


@asynccontextmanager
async def _on_its_own(
    folder: DataFolder,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Weather]]:
    """Run the platform as a process of its own, as `ironbull up` does for a person."""
    words = ("up", "--data", str(folder.root), "--speed", rough_weather.SPEED, "--seed", str(SEED))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ironbull_local", *words)
    try:
        await rough_weather.until(_ready(folder), "the platform ready")
        endpoints = folders.read_json(folder.endpoints_file)
        running = Running(folder, endpoints, Supervisor(folder.processes_file), ())
        await rough_weather.settle_in(folder, running)
        yield process, Weather(folder, running)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _ready(folder: DataFolder) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return observed.phase(folder) is Phase.READY

    return look


def _signal(groups: list[int], number: signal.Signals) -> None:
    for group in groups:
        os.killpg(group, number)
