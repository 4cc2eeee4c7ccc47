"""When may a strategy open? Windows of the week, in UTC."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from ironbull_messages.resources.parts import Spec
from ironbull_messages.words import Weekday

MAX_WINDOWS: Final = 16
DAYS_OF_A_WEEK: Final = 7
TimeOfDay = Annotated[
    str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", max_length=5)
]


class Window(Spec):
    """A part of some days in which the strategy may open."""

    days: tuple[Weekday, ...] = Field(min_length=1, max_length=DAYS_OF_A_WEEK)
    """The days, in UTC, as `[Mon, Tue]`."""
    start: TimeOfDay = "00:00"
    """From this time on, in UTC, as `"08:30"`."""
    end: TimeOfDay = "24:00"
    """Until before this time, in UTC; `"24:00"` is midnight after the day."""
