"""A strategy opens within its windows alone, and closes at any time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.core.desk import CANDIDATE, CLOSE, CLOSE_AT, MARKET, STRATEGY, decided, held, refusal

from ironbull_core import schedule
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Window
from ironbull_messages.words import Action, Weekday

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
MORNING = Window(days=(Weekday.MON, Weekday.TUE), start="08:00", end="12:00")
EVENING = Window(days=(Weekday.MON,), start="22:00", end="24:00")
NEVER_NOW = Window(days=(Weekday.SUN,), start="00:00", end="00:01")


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (timedelta(hours=8), True),
        (timedelta(hours=7, minutes=59, seconds=59), False),
        (timedelta(hours=11, minutes=59, seconds=59), True),
        (timedelta(hours=12), False),
        (timedelta(days=1, hours=9), True),
        (timedelta(days=2, hours=9), False),
        (timedelta(hours=23, minutes=59, seconds=59), True),
        (timedelta(days=1), False),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(at: timedelta, *, is_open: bool) -> None:
    found = schedule.check((MORNING, EVENING), MONDAY + at)

    assert (found is None) is is_open


def test_without_a_schedule_it_is_always_open() -> None:
    assert schedule.check((), MONDAY) is None


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001 - UTC is put to it
def test_whole_days_of_the_whole_week_are_always_open_in_whatever_zone(
    at: datetime, hours: int
) -> None:
    week = Window(days=tuple(Weekday))
    zone = timezone(timedelta(hours=hours))

    assert schedule.check((week,), at.replace(tzinfo=UTC).astimezone(zone)) is None


def test_outside_of_its_windows_a_strategy_is_refused_with_day_and_time() -> None:
    decision = decided(strategy=replace(STRATEGY, schedule=(NEVER_NOW,)))

    assert refusal(decision) == Refusal.OUTSIDE_SCHEDULE
    assert decision.refusal is not None
    assert decision.refusal.numbers == {"day": "Thu", "time": f"{MARKET.now:%H:%M}"}
    assert decision.planned == ()


def test_within_its_windows_a_strategy_opens() -> None:
    now = Window(days=(list(Weekday)[CLOSE_AT.weekday()],), start="12:00", end="12:30")

    assert len(decided(strategy=replace(STRATEGY, schedule=(now,))).planned) == 1


def test_a_close_needs_no_window() -> None:
    strategy = replace(STRATEGY, schedule=(NEVER_NOW,))

    (order,) = decided(replace(CANDIDATE, position=held()), CLOSE, strategy).planned

    assert order.action is Action.CLOSE
