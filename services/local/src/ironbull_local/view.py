"""How does the command speak: in colour to a person, plainly to a pipe, in JSON to a program?"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ironbull_messages.problems import Problem

EXIT_WRONG: Final = 1
_COLOURS: Final = {
    "ready": "green", "ok": "green", "created": "green", "configured": "yellow",
    "unchanged": "dim", "starting": "yellow", "waiting": "red", "stopped": "red", "wrong": "red",
    "pending": "yellow", "refused": "red",
}  # fmt: skip

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def line(text: str, style: str = "") -> None:
    """Print one line; on a pipe without style."""
    out.print(escape(text), style=style or None)


def done(what: str, seconds: float) -> None:
    """Print that a part is ready, and after how long."""
    line(f"{what} ready after {seconds:.1f} s")


def fail(problem: Problem) -> typer.Exit:
    """Print what is wrong and the way out; return the exit to raise."""
    err.print(f"[red]{problem.code.value}[/red]: {escape(problem.detail)}")
    for error in problem.errors:
        err.print(f"  {escape(error.field)}: {escape(error.message)}")
    err.print(f"[bold]{escape(problem.row.title)}.[/bold] {escape(problem.row.way_out)}")
    return typer.Exit(EXIT_WRONG)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows: a table on a terminal, aligned words on a pipe."""
    if out.is_terminal:
        grid = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            grid.add_row(*(_coloured(cell) for cell in row))
        out.print(grid)
        return
    lines = [columns, *rows]
    widths = [max(len(row[place]) for row in lines) for place in range(len(columns))]
    for row in lines:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.print(escape("  ".join(cells).rstrip()))


def as_json(value: Mapping[str, object] | Sequence[object]) -> None:
    """Print a value for programs."""
    out.print_json(json.dumps(value)) if out.is_terminal else typer.echo(json.dumps(value))


def _coloured(cell: str) -> str:
    colour = _COLOURS.get(cell)
    return f"[{colour}]{escape(cell)}[/{colour}]" if colour else escape(cell)
