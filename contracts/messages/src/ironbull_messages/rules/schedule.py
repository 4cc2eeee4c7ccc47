"""What must fit together in a Strategy's schedule?"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from ironbull_messages.rules.rule import Rules, Shown, StateRule

if TYPE_CHECKING:
    from ironbull_messages.resources.schedule import Window
    from ironbull_messages.resources.strategy import StrategySpec

    Windows = Sequence[Window]


def _backward(windows: "Windows") -> "list[Window]":
    return [one for one in windows if one.start >= one.end]


def _with_a_day_twice(windows: "Windows") -> "list[Window]":
    return [one for one in windows if len(set(one.days)) != len(one.days)]


def _overlapping(windows: "Windows") -> "list[Window]":
    return [
        one
        for one in windows
        if sum(
            one.start < other.end and other.start < one.end and bool(set(one.days) & {*other.days})
            for other in windows
        )
        > 1
    ]


def _none(
    name: str, wrong: str, says: str, find: "Callable[[Windows], Sequence[Window]]"
) -> StateRule["StrategySpec"]:
    """Return the rule that no window is wrong; `{start}` and `{end}` are of the first that is.

    Args:
        wrong: of a window `w`, in CEL.
    """
    found = f"self.schedule.filter(w, {wrong})"
    return StateRule["StrategySpec"](
        name,
        "spec",
        "schedule",
        f"!self.schedule.exists(w, {wrong})",
        says,
        shows={
            "start": Shown(f"{found}[0].start", lambda new, _: find(new.schedule)[0].start),
            "end": Shown(f"{found}[0].end", lambda new, _: find(new.schedule)[0].end),
        },
        kept=lambda new: not find(new.schedule),
    )


SCHEDULE_RULES: Final[Rules] = (
    _none(
        "strategy-schedule-forward",
        "w.start >= w.end",
        "the window of schedule from {start} to {end} ends before it begins: let it end at 24:00,"
        " and begin another one at 00:00 of the next day",
        _backward,
    ),
    _none(
        "strategy-schedule-days-once",
        "w.days.exists(d, w.days.filter(e, e == d).size() > 1)",
        "the window of schedule from {start} to {end} names a day twice: take one out",
        _with_a_day_twice,
    ),
    _none(
        "strategy-schedule-apart",
        "self.schedule.filter(v, v.start < w.end && w.start < v.end"
        " && v.days.exists(d, d in w.days)).size() > 1",
        "the window of schedule from {start} to {end} meets another one of the same day: make one"
        " of both, or let one begin where the other ends",
        _overlapping,
    ),
)
