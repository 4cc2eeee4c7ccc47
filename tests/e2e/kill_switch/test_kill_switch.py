"""A tripped strategy with an open position: it opens nothing, and its stop closes as ever."""

from collections.abc import Iterator

import pytest
from fixtures import local_stack
from fixtures.local_stack import LocalStack, until
from fixtures.tripping import SPEED, apply, follow, held, openings, refused, rows, turn


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack.running(SPEED) as found:
        yield found


def test_a_tripped_strategy_closes_on_its_stop_and_opens_nothing(stack: LocalStack) -> None:
    apply(stack, "Armed")
    follow(stack)
    until(lambda: held(stack) or None)

    apply(stack, "Tripped")
    before, left = openings(stack), held(stack)
    until(lambda: not held(stack) or None)
    until(lambda: refused(stack) > 0 or None)

    assert openings(stack) == before
    closed = {row["id"]: row["close_reason"] for row in rows(stack, "positions")}
    assert {closed[one] for one in left} <= {"STOP_LOSS", "TAKE_PROFIT", "SIGNAL"}
    assert turn(stack, "re-arms").json()["code"] == "kill_switch_in_document"
