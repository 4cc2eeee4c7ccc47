"""Start one process of the centre: `python -m ironbull_app <role>`."""

# ruff: noqa: PLC0415, T201 - a role imports what it needs alone, and speaks to a terminal

import asyncio
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Final

from ironbull_messages.problems import Problem

ROLES: Final = ("migrate", "migration", "centre", "api", "engine", "openapi")
USAGE: Final = f"usage: python -m ironbull_app {{{'|'.join(ROLES)}}}"
EXIT_PROBLEM: Final = 1
EXIT_USAGE: Final = 2


def _migrate() -> None:
    from ironbull_app.db.migrate import upgrade
    from ironbull_app.settings import MigrateSettings

    upgrade(MigrateSettings.read(os.environ).owner_database_url)


def _migration() -> None:
    from ironbull_app.db.migrate import begin

    begin(" ".join(sys.argv[2:]))


def _centre() -> None:
    from ironbull_app.processes import centre
    from ironbull_app.settings import CentreSettings

    asyncio.run(centre.run(CentreSettings.read(os.environ)))


def _api() -> None:
    from ironbull_app.processes import api
    from ironbull_app.settings import ApiSettings

    asyncio.run(api.run(ApiSettings.read(os.environ)))


def _engine() -> None:
    from ironbull_app.processes import engine
    from ironbull_messages.launch import EngineLaunch

    asyncio.run(engine.run(EngineLaunch.read(os.environ)))


def _openapi() -> None:
    write: Callable[[str], None] = import_module("ironbull_app.api.openapi").write
    write(sys.argv[2])


def main() -> int:
    """Run the role that the first word names."""
    roles = {
        "migrate": _migrate,
        "migration": _migration,
        "centre": _centre,
        "api": _api,
        "engine": _engine,
        "openapi": _openapi,
    }
    run = roles.get(sys.argv[1]) if len(sys.argv) > 1 else None
    if run is None:
        print(USAGE, file=sys.stderr)
        return EXIT_USAGE
    try:
        run()
    except Problem as problem:
        print(f"{problem.code.value}: {problem.detail}\n{problem.row.way_out}", file=sys.stderr)
        return EXIT_PROBLEM
    return 0


if __name__ == "__main__":
    sys.exit(main())
