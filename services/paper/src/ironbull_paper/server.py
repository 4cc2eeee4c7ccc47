"""How does the exchange start, run and end?"""

import asyncio
import json
import logging
import os
import secrets
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from aiohttp import web

from ironbull_paper.control import Control, at_speed
from ironbull_paper.dialects.binance.http import BinanceHttp
from ironbull_paper.exchange import Exchange
from ironbull_paper.faults import Faults
from ironbull_paper.journal import JOURNAL_NAME, Journal
from ironbull_paper.keys import KeyRing
from ironbull_paper.market.universe import Universe, universe
from ironbull_paper.matching.records import Started
from ironbull_paper.matching.state import ExchangeState

JOURNAL_VERSION = 1
ENDPOINT_NAME = "endpoint.json"
PORT_NAME = "port"
TOKEN_NAME = "admin.token"  # noqa: S105 - the name of a file
TOKEN_BYTES = 24
SWEEP_SECONDS = 0.05
"""How often resting orders are compared with what the price did."""
DRAIN_SECONDS = 3.0
MAX_BODY_BYTES = 64 * 1024
log = logging.getLogger("ironbull_paper")


class LaunchError(Exception):
    """Report a setting with which the exchange cannot start, and the way out."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Hold with what the exchange is started.

    Args:
        port: 0 takes the port of the last run when it is free, else any.
        speed: market seconds per machine second.
        start_index: trading starts with this candle of the recorded symbol.
        level_notional: mean size of a book's best level, in USDT.
        admin_token: empty keeps the one of the data folder, inventing it at the first start.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    speed: Decimal = Decimal(1)
    seed: int = 7
    start_index: int = 500
    level_notional: Decimal = Decimal(800)
    admin_token: str = ""


async def serve(launch: Launch) -> None:
    """Run the exchange until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    launch.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    journal = Journal(launch.data / JOURNAL_NAME)
    try:
        await _run(launch, journal, stop)
    finally:
        journal.close()


async def _run(launch: Launch, journal: Journal, stop: asyncio.Event) -> None:
    exchange = recovered(launch, journal)
    keys = KeyRing(launch.data)
    token = _admin_token(launch)
    writer = asyncio.create_task(journal.run(), name="journal")
    sweeper = asyncio.create_task(_sweep(exchange), name="sweep")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    runner = web.AppRunner(
        application(exchange, keys, journal, token), access_log=None, shutdown_timeout=DRAIN_SECONDS
    )
    await runner.setup()
    try:
        await journal.durable()
        await _listen(runner, launch)
        tasks = {writer, sweeper, stopping}
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        log.info("paper_stopping", extra={"fields": {"cause": min(t.get_name() for t in done)}})
        for task in done:
            await task  # a journal that broke ends the process
    finally:
        await runner.cleanup()
        for task in (writer, sweeper, stopping):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def application(
    exchange: Exchange, keys: KeyRing, journal: Journal, admin_token: str
) -> web.Application:
    """Return the web application of an exchange."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    BinanceHttp(exchange, keys, journal.durable).add_to(app)
    Control(exchange, keys, journal.durable, admin_token).add_to(app)
    return app


def recovered(launch: Launch, journal: Journal) -> Exchange:
    """Return the exchange as its journal left it, or a new one.

    Raises:
        LaunchError: the data folder was made with another seed, start or book.
    """
    state, faults = ExchangeState(), Faults()
    count = 0
    for record in journal.recover():
        state.apply(record)
        faults.apply(record)
        count += 1
    markets = universe(launch.seed, launch.start_index, float(launch.level_notional))
    at = max(_now_ms(), state.last_at)
    started = _started(launch, state.started, markets, at)
    swept_until_ms = state.last_at or at
    state.apply(started)
    journal.append([started])
    log.info("paper_recovered", extra={"fields": {"records": count}})
    return Exchange(
        state,
        faults,
        markets,
        append=journal.append,
        now_ms=_now_ms,
        swept_until_ms=swept_until_ms,
    )


def _started(launch: Launch, before: Started | None, markets: Universe, at: int) -> Started:
    if before is None:
        return Started(
            at=at,
            version=JOURNAL_VERSION,
            seed=launch.seed,
            start_index=launch.start_index,
            level_notional=launch.level_notional,
            market_start_ms=markets.start_ms,
            machine_start_ms=at,
            speed=launch.speed,
        )
    if before.version != JOURNAL_VERSION:
        raise LaunchError(
            f"{launch.data} is of version {before.version}, this program writes {JOURNAL_VERSION}: "
            "use the program that made it or another data folder"
        )
    for name in ("seed", "start_index", "level_notional"):
        was, wanted = getattr(before, name), getattr(launch, name)
        if was != wanted:
            raise LaunchError(
                f"{launch.data} was made with {name} {was}, not {wanted}: "
                "start with the same value or in another data folder"
            )
    if before.speed == launch.speed:
        return replace(before, at=at)
    return at_speed(before, launch.speed, at)


async def _sweep(exchange: Exchange) -> None:
    while True:
        exchange.sweep()
        await asyncio.sleep(SWEEP_SECONDS)


async def _listen(runner: web.AppRunner, launch: Launch) -> None:
    endpoint, last = launch.data / ENDPOINT_NAME, launch.data / PORT_NAME
    endpoint.unlink(missing_ok=True)
    wanted = launch.port
    if not wanted and last.exists():
        wanted = int(last.read_text("utf-8"))
    try:
        await web.TCPSite(runner, launch.host, wanted, reuse_address=True).start()
    except OSError as taken:
        if launch.port or not wanted:
            raise LaunchError(
                f"cannot listen on {launch.host}:{wanted} ({taken.strerror}): free it or choose "
                "another port (0 chooses one)"
            ) from taken
        await web.TCPSite(runner, launch.host, 0).start()
    port = runner.addresses[0][1]
    _write(last, str(port))
    url = f"http://{launch.host}:{port}"
    _write(endpoint, json.dumps({"url": url, "port": port, "pid": os.getpid()}))
    log.info("paper_listening", extra={"fields": {"url": url}})


def _admin_token(launch: Launch) -> str:
    path = launch.data / TOKEN_NAME
    if launch.admin_token:
        _write(path, launch.admin_token)
    elif not path.exists():
        _write(path, secrets.token_hex(TOKEN_BYTES))
    return path.read_text("utf-8").strip()


def _write(path: Path, text: str) -> None:
    """Write a private file so that a reader sees the whole of it or nothing."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
