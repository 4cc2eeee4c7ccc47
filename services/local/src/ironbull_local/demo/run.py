"""Run the demo on a platform of its own, from an empty folder to the proof."""

import asyncio
import shutil
import time
from typing import Final

import psycopg

from ironbull_local import folder as folders
from ironbull_local import report, view
from ironbull_local.demo import live, proof, reach, script, setting, tally
from ironbull_local.demo.scenario import SEED, SPEED
from ironbull_local.demo.tally import Tally
from ironbull_local.folder import DataFolder
from ironbull_local.referee import referee
from ironbull_local.stack import Paper
from ironbull_local.up import Options, Running, platform, stop_on_signals
from ironbull_messages.problems import Code, Problem

TRADES: Final = 100
SPARE_TRADES: Final = 10
TRADING_SECONDS: Final = 240.0
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
    async with platform(folder, Options(paper=Paper(SPEED, SEED)), view.done) as running:
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
    await asyncio.to_thread(script.apply, folder, script.two_tenants())
    _say("two tenants, four strategies, two pools applied")
    urls = running.endpoints
    async with reach.doors(folder, urls) as doors, reach.counter(folder, urls) as counter:
        await setting.until_all_serve(counter, _say)
        await setting.bring(doors, _say)
        _say(f"trading {time.monotonic() - began:.0f} s after the start, {SPEED} times real time")
        await _trade(counter)
        await asyncio.to_thread(script.apply, folder, script.paused())
        await doors.exchange.post("/paper/v1/clock", {"speed": SLOW})
        _say("strategies paused, the market slowed down; waiting for rest")
        journal = folder.root / "paper" / "journal.jsonl"
        place = folder.root / "proof"
        evidence = await proof.take(counter, journal, reach.database_url(folder, urls), place)
    checks = await asyncio.to_thread(proof.judge, evidence)
    return proof.show(checks, evidence)


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


def _say(text: str) -> None:
    view.line(text)
