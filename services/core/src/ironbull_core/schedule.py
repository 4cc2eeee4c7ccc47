"""May a strategy open at this time? Windows of the week, in UTC; none at all: always."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from ironbull_core.refusing import No, no
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Window
from ironbull_messages.words import Weekday

DAYS: Final = tuple(Weekday)


def check(schedule: Sequence[Window], now: datetime) -> No | None:
    """Say that no window is open; None: one is, or there is no schedule.

    Args:
        now: market time.
    """
    at = now.astimezone(UTC)
    day, time = DAYS[at.weekday()], f"{at:%H:%M}"
    if not schedule or any(day in one.days and one.start <= time < one.end for one in schedule):
        return None
    return no(Refusal.OUTSIDE_SCHEDULE, day=day.value, time=time)
