"""One seed for the market and the faults of a run, and a table of what fired in it."""

import os
import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from fixtures import rough_weather

from ironbull_local.stack import Paper
from ironbull_local.up import Options

SEED = int(os.environ.get("SEED") or secrets.randbelow(1_000_000))
FIRED = "fired"
Fired = Callable[[str, object], None]
"""Called with what fired, and how often."""


@pytest.fixture
def options() -> Options:
    """Return the platform's options under the run's seed."""
    return replace(rough_weather.OPTIONS, paper=Paper(rough_weather.SPEED, SEED))


@pytest.fixture
def fired(record_property: Callable[[str, object], None]) -> Fired:
    """Return where a test tells what fired."""
    return lambda what, times: record_property(FIRED, (what, str(times)))


def pytest_report_header() -> str:
    """Say how to have the same run again."""
    return f"chaos: SEED={SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what fired, test by test."""
    told = [
        (report.nodeid.rpartition("::")[2], *value)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == FIRED and report.when == "call"
    ]
    if not told:
        return
    terminalreporter.section(f"what fired, SEED={SEED}")
    width = max(len(what) for _, what, _ in told)
    for test in dict.fromkeys(test for test, _, _ in told):
        terminalreporter.write_line(test)
        for one, what, times in told:
            if one == test:
                terminalreporter.write_line(f"  {what.ljust(width)}  {times}")
