"""A lease must not outlive its end because its holder slept."""

import sys
import time

import pytest

from ironbull_kit import clocks


def test_the_monotonic_clock_never_steps_back() -> None:
    seen = [clocks.monotonic() for _ in range(1_000)]
    assert seen == sorted(seen)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux stops its clock while it sleeps")
def test_the_monotonic_clock_counts_the_machines_sleep() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    asked = clocks.monotonic()
    assert before <= asked <= time.clock_gettime(time.CLOCK_BOOTTIME)
