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


def write(key: str, title: str, figures: Sequence[Figure]) -> None:
    """Put a section into the page, in place of an older one, and print it."""
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    body = "\n".join(
        [
            f"<!-- {key} -->",
            f"## {title}",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}, {machine}.",
            "",
            "| what | figure |",
            "|---|---|",
            *(f"| {one.name} | {one.value} |" for one in figures),
            f"<!-- end {key} -->",
            "",
        ]
    )
    text = PAGE.read_text() if PAGE.exists() else HEAD
    old = re.compile(rf"<!-- {key} -->.*?<!-- end {key} -->\n", re.DOTALL)
    PAGE.write_text(old.sub(lambda _: body, text) if old.search(text) else f"{text}\n{body}")
    print(f"\n{body}")  # noqa: T201 - a benchmark speaks to a person
