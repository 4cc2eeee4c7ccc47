"""What does a person see while the demo runs? A live table, or a line now and then on a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich import box
from rich.live import Live
from rich.table import Table

from ironbull_local import view
from ironbull_local.demo.tally import Tally, total, usdt

LINE_SECONDS: Final = 5.0
Show = Callable[[list[Tally], float], None]


@contextmanager
def shown(goal: int) -> Iterator[Show]:
    """Show tallies with the seconds since trading began."""
    if not view.out.is_terminal:
        yield _Lines(goal).show
        return
    with Live(console=view.out, auto_refresh=False, transient=False) as live:
        yield lambda rows, seconds: live.update(_table(rows, seconds, goal), refresh=True)


class _Lines:
    """Plain lines, not more often than every few seconds."""

    def __init__(self, goal: int) -> None:
        self._goal = goal
        self._next = 0.0

    def show(self, rows: list[Tally], seconds: float) -> None:
        if seconds < self._next:
            return
        self._next = seconds + LINE_SECONDS
        all_of = total(rows)
        view.line(
            f"{seconds:5.1f} s  signals {all_of.signals}  orders {all_of.orders}"
            f"  fills {all_of.fills}  open {all_of.open}  closed {all_of.closed}/{self._goal}"
            f"  charged {usdt(all_of.charged)}  unpaid {usdt(all_of.unpaid)}"
            f"  commissions {usdt(all_of.commissions)}"
            f"  drift {all_of.drift}  unknown {all_of.unknown}"
        )


def _table(rows: list[Tally], seconds: float, goal: int) -> Table:
    """Return a column per tenant, so that it fits a narrow terminal."""
    all_of = total(rows)
    title = f"{seconds:.0f} s of trading · {all_of.closed} closed trades, {goal} wanted"
    grid = Table(title=title, box=box.ROUNDED, title_style="bold", title_justify="left")
    grid.add_column("")
    for row in (*rows, all_of):
        style = "bold" if row is all_of else None
        grid.add_column(row.tenant, justify="right", min_width=12, style=style)
    for name, cell in _MEASURES:
        grid.add_row(name, *(cell(row) for row in (*rows, all_of)))
    return grid


def _alarm(count: int) -> str:
    return f"[red]{count}[/red]" if count else "[green]0[/green]"


_MEASURES: Final[tuple[tuple[str, Callable[[Tally], str]], ...]] = (
    ("signals", lambda row: str(row.signals)),
    ("orders", lambda row: str(row.orders)),
    ("  in flight", lambda row: str(row.in_flight)),
    ("fills", lambda row: str(row.fills)),
    ("open", lambda row: str(row.open)),
    ("closed", lambda row: str(row.closed)),
    ("  by signal", lambda row: str(row.by_signal)),
    ("  by stop loss", lambda row: str(row.stops)),
    ("charged, USDT", lambda row: usdt(row.charged)),
    ("  of it gift", lambda row: usdt(row.gift)),
    ("unpaid", lambda row: usdt(row.unpaid)),
    ("commissions", lambda row: usdt(row.commissions)),
    ("drift", lambda row: _alarm(row.drift)),
    ("unknown", lambda row: _alarm(row.unknown)),
)
