"""Where do figures of benchmarks go? Into one page, with how to measure them again."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "benchmarks.md"
HEAD = "# Benchmarks\n\nMeasured by `make bench`; ratios compare product and floor in one run.\n"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what was measured, and what it came to."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Table:
    """What needs more than two columns."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def judged(value: float, goal: float, unit: str = "") -> str:
    """Return a figure beside its goal; nothing fails, since other machines are other machines."""
    verdict = "met" if value <= goal else "missed"
    return f"**{value:.2f}{unit}** (goal ≤ {goal:g}{unit}: {verdict})"


def write(
    key: str, title: str, figures: Sequence[Figure], *more: Table | str, path: Path = PAGE
) -> None:
    """Put a section into the page, in place of an older one, and print it.

    Args:
        key: names the section for ever.
        title: its heading.
        figures: its first table.
        more: what follows: tables, and text between them.
        path: the page.
    """
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    first = Table(("what", "figure"), [(one.name, one.value) for one in figures])
    parts = [f"{datetime.now(UTC):%Y-%m-%d}, {machine}.", _table(first), *map(_part, more)]
    text = "\n\n".join(parts)
    body = f"<!-- {key} -->\n## {title}\n\n{text}\n<!-- end {key} -->\n"
    page = path.read_text() if path.exists() else HEAD
    old = re.compile(rf"<!-- {key} -->.*?<!-- end {key} -->\n", re.DOTALL)
    path.write_text(old.sub(lambda _: body, page) if old.search(page) else f"{page}\n{body}")
    print(f"\n{body}")  # noqa: T201 - a benchmark speaks to a person


def _part(part: Table | str) -> str:
    return part if isinstance(part, str) else _table(part)


def _table(table: Table) -> str:
    rows = [table.heads, ["---"] * len(table.heads), *table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
