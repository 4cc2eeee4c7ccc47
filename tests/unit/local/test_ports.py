"""A part keeps its port while it is down: nobody's outgoing connection is given it."""

import random

import pytest

from ironbull_local import ports

OUTGOING = range(32_768, 61_000)


@pytest.mark.parametrize("seed", range(50))
def test_a_port_is_never_one_that_an_outgoing_connection_may_get(seed: int) -> None:
    candidates = ports.candidates(OUTGOING, random.Random(seed))  # noqa: S311 - repeatable

    assert OUTGOING.start > max(candidates) >= min(candidates) >= ports.FIRST
    assert len(candidates) == len(set(candidates)) == ports.MAX_TRIES


def test_where_all_ports_go_out_there_is_no_safe_one() -> None:
    assert ports.candidates(range(1_024, 65_536), random.Random(1)) == ()  # noqa: S311 - repeatable


def test_the_machines_own_range_is_read() -> None:
    outgoing = ports.outgoing_range()

    assert 0 < outgoing.start < outgoing.stop <= 65_536
