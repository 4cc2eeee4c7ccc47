"""Run the demo on a platform of its own, from an empty folder to the proof."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

import httpx
import psycopg
import yaml

from ironbull_client import AsyncMerchant
from ironbull_local import folder as folders
from ironbull_local import report, view
from ironbull_local.commands import documents
from ironbull_local.database import DATABASE, Role
from ironbull_local.demo import live, proof, setting, tally
from ironbull_local.demo.calls import TIMEOUT_SECONDS, Desk
from ironbull_local.demo.scenario import AURORA, BOREALIS, SEED, SPEED
from ironbull_local.demo.setting import Doors
from ironbull_local.demo.tally import Tally
from ironbull_local.folder import DataFolder
from ironbull_local.keys import keep_merchant_key
from ironbull_local.referee import referee
from ironbull_local.stack import Paper
from ironbull_local.up import Options, Running, platform, stop_on_signals
from ironbull_messages.problems import Code, Problem

TRADES: Final = 100
SPARE_TRADES: Final = 10
TRADING_SECONDS: Final = 240.0
APPLY_SECONDS: Final = 120.0
SLOW: Final = "1"
"""The market's pace while both sides' evidence is taken."""
_SHOW_SECONDS: Final = 0.5


async def run(folder: DataFolder, *, keep: bool) -> bool:
    """Return whether the proof holds.

    Raises:
        Problem: the platform or the scenario could not be brought up, or nothing was traded.
    """
    stop = asyncio.Event()
    stop_on_signals(stop)
    began = time.monotonic()
    _begin_anew(folder)
    async with platform(folder, Options(paper=Paper(SPEED, SEED)), _tell) as running:
        work = asyncio.create_task(_play(folder, running, began))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopped, *running.tasks}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await running.wait(stop)  # raises what one of the platform's own tasks raised
            raise Problem(Code.NOT_RUNNING, "the demo was stopped before its end")
        stopped.cancel()
        holds = work.result()
        if keep:
            for text in report.welcome(folder, running.endpoints):
                view.line(text)
            await running.wait(stop)
        view.line("stopping")
    return holds


def _begin_anew(folder: DataFolder) -> None:
    """Make room for a fresh run; only a demo's own folder is ever removed.

    Raises:
        Problem: somebody runs on it, or it is not a folder of ours.
    """
    marker = folder.root / "demo"
    with folders.locked(folder):
        old = [path for path in folder.root.iterdir() if path.name != "lock"]
        if old and not marker.exists():
            raise Problem(Code.FOLDER_DAMAGED, f"{folder.root} is not empty and not a demo's")
        for path in sorted(old, key=lambda one: one == marker):  # the marker goes last
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        folders.prepare(folder)
        marker.touch()


async def _play(folder: DataFolder, running: Running, began: float) -> bool:
    await asyncio.to_thread(_apply, folder, _documents())
    _say("two tenants, four strategies, two pools applied")
    async with _doors(folder, running) as doors, _counter(folder, running) as counter:
        await _until_all_serve(counter)
        await setting.bring(doors, _say)
        _say(f"trading {time.monotonic() - began:.0f} s after the start, {SPEED} times real time")
        await _trade(counter)
        await asyncio.to_thread(_apply, folder, _paused())
        await doors.exchange.post("/paper/v1/clock", {"speed": SLOW})
        _say("strategies paused, the market slowed down; waiting for rest")
        journal = folder.root / "paper" / "journal.jsonl"
        place = folder.root / "proof"
        evidence = await proof.take(counter, journal, _database_url(folder, running), place)
    checks = await asyncio.to_thread(proof.judge, evidence)
    return proof.show(checks, evidence)


async def _until_all_serve(counter: psycopg.AsyncConnection[Tally]) -> None:
    """Wait for every member, so that accounts spread over all of them from the first on."""
    deadline = time.monotonic() + APPLY_SECONDS
    while True:
        all_of = tally.total(await tally.read(counter))
        if all_of.members and all_of.serving_members == all_of.members:
            _say(f"{all_of.members} members of execution nodes serve")
            return
        if time.monotonic() >= deadline:
            told = f"{all_of.serving_members} of {all_of.members} members serve"
            raise Problem(Code.PROCESS_FAILED, f"after {APPLY_SECONDS:.0f} s {told}")
        await asyncio.sleep(_SHOW_SECONDS)


async def _trade(counter: psycopg.AsyncConnection[Tally]) -> None:
    """Watch until every way of money was walked, or time is up; the referee judges either way."""
    began = time.monotonic()
    goal = TRADES + SPARE_TRADES
    with live.shown(goal) as show:
        while (seconds := time.monotonic() - began) < TRADING_SECONDS:
            rows = await tally.read(counter)
            show(rows, seconds)
            if tally.is_enough(rows, goal, referee.LEAST_SIGNAL_PERCENT):
                return
            await asyncio.sleep(_SHOW_SECONDS)


@asynccontextmanager
async def _doors(folder: DataFolder, running: Running) -> AsyncIterator[Doors]:
    async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        urls = running.endpoints
        keys = {tenant: keep_merchant_key(folder, tenant) for tenant in (AURORA, BOREALIS)}
        merchants = {
            tenant: AsyncMerchant(urls["merchant"], key.key_id, key.secret, client=client)
            for tenant, key in keys.items()
        }
        staff = folder.secret("staff.token").read_text()
        exchange = (folder.root / "paper" / "admin.token").read_text().strip()
        yield Doors(
            merchants, Desk(client, urls["admin"], staff), Desk(client, urls["paper"], exchange)
        )


@asynccontextmanager
async def _counter(
    folder: DataFolder, running: Running
) -> AsyncIterator[psycopg.AsyncConnection[Tally]]:
    connection = await tally.connect(_database_url(folder, running))
    async with connection:
        yield connection


def _database_url(folder: DataFolder, running: Running) -> str:
    password = folder.secret(f"{Role.PLATFORM}.password").read_text()
    place = running.endpoints["postgres"].removeprefix("postgresql://")
    return f"postgresql://{Role.PLATFORM}:{password}@{place}/{DATABASE}"


def _documents() -> str:
    return files("ironbull_local.demo").joinpath("two-tenants.yaml").read_text(encoding="utf-8")


def _paused() -> str:
    """Return the same documents with every strategy paused."""
    rows = list(yaml.safe_load_all(_documents()))
    for row in rows:
        if row["kind"] == "Strategy":
            row["spec"]["desiredState"] = "Paused"
    return yaml.safe_dump_all(rows)


def _apply(folder: DataFolder, text: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "documents.yaml"
        path.write_text(text)
        changes = documents.store(folder, [path])
    refused = documents.await_outcomes(folder, changes, APPLY_SECONDS)
    if refused:
        told = "; ".join(f"{reference}: {why}" for reference, why in refused)
        raise Problem(Code.PROCESS_FAILED, f"not carried out: {told}")


def _tell(done: str, seconds: float) -> None:
    view.line(f"{done} ready after {seconds:.1f} s")


def _say(text: str) -> None:
    view.line(text)
