"""A tripped switch outlives the centre and every member, and the document that tripped it."""

import json
import os
import signal
from collections.abc import Iterator

import pytest
from fixtures import local_stack
from fixtures.local_stack import LocalStack, ironbull, until
from fixtures.tripping import SPEED, apply, follow, held, openings, refused, turn


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack.running(SPEED) as found:
        yield found


def kill_centre_and_members(stack: LocalStack) -> None:
    told = json.loads(ironbull("status", "--json", "--data", str(stack.data)).stdout)
    doomed = [
        row["pid"]
        for row in told["processes"]
        if row["name"] == "centre" or row["name"].startswith("node/aurora")
    ]
    assert len(doomed) > 1, told["processes"]
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)


def test_a_tripped_strategy_opens_nothing_over_restarts_until_it_is_rearmed(
    stack: LocalStack,
) -> None:
    apply(stack, "Armed")
    follow(stack)
    until(lambda: held(stack) or None)

    apply(stack, "Tripped")
    before = openings(stack)
    kill_centre_and_members(stack)
    until(lambda: not held(stack) or None)
    until(lambda: refused(stack) > 1 or None)
    assert openings(stack) == before

    apply(stack, "Armed")
    was = refused(stack)
    until(lambda: refused(stack) > was or None)
    assert openings(stack) == before
    assert turn(stack, "re-arms").json()["effective"] == "Armed"
    until(lambda: openings(stack) > before or None)
