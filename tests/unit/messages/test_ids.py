"""Ids are derived from causes: the same cause, the same id; another cause, another id."""

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_messages import ids

tasks = st.uuids().map(ids.TaskId)


@given(tasks, st.integers(1, ids.MAX_ATTEMPTS))
def test_a_client_order_id_fits_every_venue(task: ids.TaskId, attempt: int) -> None:
    made = ids.client_order_id(task, attempt)

    assert re.fullmatch(r"[a-su-z][a-z2-7]{23,25}", made)
    assert made == ids.client_order_id(task, attempt)


@given(tasks)
def test_each_attempt_has_its_own_client_order_id(task: ids.TaskId) -> None:
    made = {ids.client_order_id(task, attempt) for attempt in range(1, ids.MAX_ATTEMPTS + 1)}

    assert len(made) == ids.MAX_ATTEMPTS


@pytest.mark.parametrize("attempt", [0, ids.MAX_ATTEMPTS + 1])
def test_an_attempt_out_of_range_is_refused(attempt: int) -> None:
    with pytest.raises(ValueError, match=str(attempt)):
        ids.client_order_id(ids.TaskId(UUID(int=1)), attempt)


@given(
    st.lists(st.text(max_size=8).filter(lambda t: ids.SEPARATOR not in t), min_size=2, max_size=4)
)
def test_moving_a_boundary_between_causes_changes_the_id(causes: list[str]) -> None:
    joined = [causes[0] + "x" + causes[1], *causes[2:]]

    assert ids.derive("thing", *causes) != ids.derive("thing", *joined)


def test_a_cause_with_the_separator_is_refused() -> None:
    with pytest.raises(ValueError, match="separator"):
        ids.derive("thing", f"a{ids.SEPARATOR}b")
