"""Run the operator, or make an installation's Secrets: `python -m ironbull_operator run`."""

import asyncio
import os
import sys
from typing import Final

from ironbull_messages.problems import Problem
from ironbull_operator import installation, running
from ironbull_operator.election import LostError
from ironbull_operator.kube import KubeError
from ironbull_operator.settings import BootstrapSettings, OperatorSettings

USAGE: Final = (
    "usage: python -m ironbull_operator run\n"
    "       python -m ironbull_operator bootstrap [SECRET...]  (of "
    f"{', '.join(installation.NAMES)}; none: all)\n"
)
EXIT_PROBLEM: Final = 1
EXIT_USAGE: Final = 2
EXIT_LOST: Final = 3


def main() -> int:
    """Do what the first word says; return the exit code."""
    word, *names = sys.argv[1:] or [""]
    try:
        if word == "run" and not names:
            asyncio.run(running.run(OperatorSettings.read(os.environ)))
        elif word == "bootstrap" and set(names) <= set(installation.NAMES):
            settings = BootstrapSettings.read(os.environ)
            asyncio.run(running.bootstrap(settings, names or installation.NAMES))
        else:
            sys.stderr.write(USAGE)
            return EXIT_USAGE
    except Problem as problem:
        sys.stderr.write(f"ironbull_operator: {problem}\n{problem.row.way_out}\n")
        return EXIT_PROBLEM
    except KubeError as error:
        sys.stderr.write(f"ironbull_operator: {error}\n")
        return EXIT_PROBLEM
    except LostError as error:
        sys.stderr.write(f"ironbull_operator: leadership lost: {error}\n")
        return EXIT_LOST
    return 0


if __name__ == "__main__":
    sys.exit(main())
