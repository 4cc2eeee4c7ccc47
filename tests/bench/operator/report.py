"""Where do the figures go? Into the page of benchmarks at full size, else to the screen alone."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import page
from bench.operator import mix
from bench.page import Figure, Table


def write(key: str, title: str, figures: Sequence[Figure], *more: Table | str) -> None:
    """Put a section into the page; a trial at another size is only printed."""
    if mix.scale() == 1:
        page.write(key, title, figures, *more)
        return
    with TemporaryDirectory() as folder:
        page.write(key, f"{title} (trial)", figures, *more, path=Path(folder) / "page.md")
