"""Conditions say how it is, and when that last changed."""

from datetime import UTC, datetime, timedelta

import pytest

from ironbull_operator import conditions
from ironbull_operator.conditions import Verdict
from ironbull_operator.kinds import Object

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def _shown(verdict: Verdict, before: list[Object], now: datetime = LATER) -> dict[str, Object]:
    return {row["type"]: row for row in conditions.conditions(verdict, 3, before, now)}


@pytest.mark.parametrize(
    ("verdict", "types"),
    [
        (conditions.ready(), {"Ready"}),
        (conditions.waiting("EngineStarting", "wait"), {"Ready", "Reconciling"}),
        (conditions.stalled("NoTenant", "act"), {"Ready", "Stalled"}),
    ],
)
def test_only_what_is_true_is_shown_beside_ready(verdict: Verdict, types: set[str]) -> None:
    shown = _shown(verdict, [])
    assert set(shown) == types
    assert shown["Ready"]["status"] == ("True" if verdict.is_ready else "False")
    assert {row["observedGeneration"] for row in shown.values()} == {3}


def test_the_time_of_a_change_is_kept_until_the_status_changes() -> None:
    first = conditions.conditions(conditions.waiting("A", "a"), 3, [], NOW)
    again = _shown(conditions.waiting("B", "b"), first)
    assert again["Ready"]["lastTransitionTime"] == first[0]["lastTransitionTime"]
    assert again["Ready"]["reason"] == "B"
    ready = _shown(conditions.ready(), first)
    assert ready["Ready"]["lastTransitionTime"] != first[0]["lastTransitionTime"]


def test_looking_twice_shows_the_same() -> None:
    verdict = conditions.stalled("NoTenant", "act")
    first = conditions.conditions(verdict, 3, [], NOW)
    assert conditions.conditions(verdict, 3, first, LATER) == first


def test_a_message_is_never_longer_than_its_bound() -> None:
    shown = _shown(conditions.stalled("TooMuch", "x" * 5_000), [])
    assert len(shown["Ready"]["message"]) == conditions.MAX_MESSAGE
