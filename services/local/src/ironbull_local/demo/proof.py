"""Take both sides' evidence at a moment of rest, let the referee judge, and show its proof."""

import asyncio
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from rich.markup import escape

from ironbull_local import view
from ironbull_local.demo import tally
from ironbull_local.demo.tally import Tally
from ironbull_local.referee import dump, referee
from ironbull_local.referee.referee import Check
from ironbull_messages.problems import Code, Problem

REST_SECONDS: Final = 90.0
STILL_FOR_SECONDS: Final = 1.5
ATTEMPTS: Final = 20
_POLL_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Evidence:
    """The two files that the referee reads."""

    journal: Path
    dump: Path


async def rest(connection: psycopg.AsyncConnection[Tally], seconds: float = REST_SECONDS) -> None:
    """Wait until nothing is under way for a while: no order in flight, no row unsent.

    Raises:
        Problem: it does not come to rest in time.
    """
    deadline = time.monotonic() + seconds
    still_since: float | None = None
    while True:
        now = time.monotonic()
        all_of = tally.total(await tally.read(connection))
        if all_of.in_flight or all_of.unsent:
            still_since = None
        else:
            still_since = still_since or now
            if now - still_since >= STILL_FOR_SECONDS:
                return
        if now >= deadline:
            told = f"{all_of.in_flight} orders in flight, {all_of.unsent} rows unsent"
            raise Problem(Code.PROCESS_FAILED, f"no rest in {seconds:.0f} s: {told}")
        await asyncio.sleep(_POLL_SECONDS)


async def take(
    connection: psycopg.AsyncConnection[Tally], journal: Path, url: str, place: Path
) -> Evidence:
    """Copy the venue's journal and dump the database while both are at rest.

    Raises:
        Problem: something always moved in between.
    """
    found = Evidence(place / "venue-journal.jsonl", place / "database-dump.jsonl")
    for _ in range(ATTEMPTS):
        await rest(connection)
        moved = await asyncio.to_thread(_copy, journal, url, found)
        all_of = tally.total(await tally.read(connection))
        if not moved and not all_of.in_flight:
            return found
    raise Problem(Code.PROCESS_FAILED, f"the venue moved during each of {ATTEMPTS} dumps")


def _copy(journal: Path, url: str, found: Evidence) -> bool:
    """Take both files; return whether the venue wrote in between."""
    found.journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = journal.stat().st_size
    dump.write(url, found.dump)
    shutil.copyfile(journal, found.journal)
    return found.journal.stat().st_size != size


def judge(evidence: Evidence) -> list[Check]:
    """Let the referee judge."""
    return referee.judge(referee.read_journal(evidence.journal), referee.read_dump(evidence.dump))


def show(checks: list[Check], evidence: Evidence) -> bool:
    """Print the proof; return whether it holds."""
    holds = not any(check.faults for check in checks)
    if not view.out.is_terminal:
        for text in referee.lines(checks):
            view.line(text)
    else:
        view.out.rule("[bold]the proof[/bold]")
        for check in checks:
            _show(check)
    view.line(f"venue's journal   {evidence.journal}", "dim")
    view.line(f"database's dump   {evidence.dump}", "dim")
    wrong = sum(len(check.faults) for check in checks)
    view.line(
        f"proved: all {len(checks)} checks hold"
        if holds
        else f"NOT proved: {wrong} rows are wrong",
        "bold green" if holds else "bold red",
    )
    return holds


def _show(check: Check) -> None:
    mark = "[red]✗[/red]" if check.faults else "[green]✓[/green]"
    view.out.print(f"{mark} {escape(check.claim)}  [cyan]{escape(check.figures)}[/cyan]")
    for fault in check.faults[: referee.MOST_SHOWN]:
        view.out.print(f"    [red]{escape(str(fault))}[/red]")
    if len(check.faults) > referee.MOST_SHOWN:
        view.out.print(f"    and {len(check.faults) - referee.MOST_SHOWN} more")
