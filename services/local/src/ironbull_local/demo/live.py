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
_COLUMNS: Final = (
    *("tenant", "signals", "orders", "fills", "open", "closed", "by signal", "by stop"),
    *("charged", "unpaid", "commissions", "drift", "unknown"),
)
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
    all_of = total(rows)
    title = f"{seconds:.0f} s · {all_of.closed} of {goal} closed trades"
    grid = Table(title=title, box=box.ROUNDED, title_style="bold", show_footer=True)
    for place, name in enumerate(_COLUMNS):
        footer = _cells(all_of)[place]
        grid.add_column(name, justify="left" if place == 0 else "right", footer=footer)
    for row in rows:
        grid.add_row(*_cells(row))
    return grid


def _cells(row: Tally) -> list[str]:
    return [
        row.tenant, str(row.signals), str(row.orders), str(row.fills), str(row.open),
        str(row.closed), str(row.by_signal), str(row.stops),
        usdt(row.charged), usdt(row.unpaid), usdt(row.commissions),
        _alarm(row.drift), _alarm(row.unknown),
    ]  # fmt: skip


def _alarm(count: int) -> str:
    return f"[red]{count}[/red]" if count else "[green]0[/green]"
