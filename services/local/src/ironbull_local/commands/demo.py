"""How is the whole way of money shown to a newcomer?"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ironbull_local import view
from ironbull_local.commands.options import Data
from ironbull_local.demo import run
from ironbull_local.folder import DataFolder, default_root
from ironbull_messages.problems import Problem


def demo(
    data: Data = None,
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Let the platform run on after the proof.")
    ] = False,
) -> None:
    """Trade two tenants on a paper market for about a minute, then prove that the money is right.

    The demo has a data folder of its own, which it empties first. Exit 1 names each wrong row.
    """
    folder = DataFolder((data or _default()).absolute())
    try:
        holds = asyncio.run(run.run(folder, keep=keep))
    except Problem as problem:
        raise view.fail(problem) from problem
    if not holds:
        raise typer.Exit(view.EXIT_WRONG)


def _default() -> Path:
    root = default_root()
    return root.with_name(f"{root.name}-demo")
