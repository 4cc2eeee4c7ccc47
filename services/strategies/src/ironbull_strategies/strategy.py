"""What is a strategy? A pure function of a window and a state; it reaches nothing else.

Averages that remember their whole past (exponential, Wilder's) would make an opinion depend on
where a run began. So a strategy names its window's length and computes on exactly that many
candles: a run that resumes after a warm-up says the same as one that never stopped.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ironbull_messages.words import Leg
from ironbull_strategies.opinions import Opinion
from ironbull_strategies.window import Window


@dataclass(frozen=True, slots=True)
class State:
    """What a strategy remembers of a symbol; all of it follows from the last window.

    Args:
        judged_at: close of the newest judged candle; None: none yet. No candle is judged twice.
        direction: the leg it last spoke for, as the window tells; None: the window tells none.
    """

    judged_at: datetime | None = None
    direction: Leg | None = None


class Strategy(Protocol):
    """Judge the newest candle of a window."""

    @property
    def window_length(self) -> int:
        """Return how many candles an opinion depends on: exactly so many, never more."""
        ...

    def judge(self, window: Window, state: State) -> tuple[tuple[Opinion, ...], State]:
        """Return opinions, closes first, and the state after the newest candle.

        A window that is too short, or was judged before, brings no opinion.
        """
        ...


def is_due(window: Window, state: State, length: int) -> bool:
    """Say whether the newest candle can be judged and was not."""
    if len(window) < length:
        return False
    return state.judged_at is None or state.judged_at < window.close_at
