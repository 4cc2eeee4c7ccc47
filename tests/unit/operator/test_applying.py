"""An object of ours is written when it is not as wanted, and never otherwise."""

from typing import Any

import pytest

from ironbull_operator import applying

WANTED: dict[str, Any] = {
    "metadata": {"name": "a", "labels": {"x": "1"}},
    "spec": {"replicas": 1, "env": [{"name": "A", "value": "1"}]},
}


@pytest.mark.parametrize(
    ("live", "is_held"),
    [
        (WANTED, True),
        ({**WANTED, "status": {"replicas": 1}}, True),
        ({**WANTED, "spec": {**WANTED["spec"], "strategy": {}}}, True),
        ({**WANTED, "spec": {**WANTED["spec"], "replicas": 2}}, False),
        ({**WANTED, "spec": {"replicas": 1, "env": []}}, False),
        ({**WANTED, "metadata": {"name": "a"}}, False),
        ({**WANTED, "metadata": {"name": "a", "labels": None}}, False),
    ],
)
def test_what_others_added_is_held_and_what_they_changed_is_not(
    live: dict[str, Any],
    is_held: bool,  # noqa: FBT001
) -> None:
    assert applying.holds(WANTED, live) is is_held


def test_a_field_that_is_wanted_no_more_changes_the_hash() -> None:
    fewer = {**WANTED, "spec": {"replicas": 1}}
    assert applying.holds(fewer, WANTED)
    assert not applying.holds(applying.stamped(fewer), applying.stamped(WANTED))


def test_equal_objects_have_equal_hashes_whatever_the_order() -> None:
    turned = dict(reversed(WANTED.items()))
    assert applying.stamped(turned) == applying.stamped(WANTED)
