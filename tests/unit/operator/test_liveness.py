"""A process that hangs is started anew; one that is quiet, or stands by, is left alone."""

import pytest

from ironbull_operator import liveness
from ironbull_operator.liveness import Pulse


def test_a_quiet_standby_lives() -> None:
    assert liveness.faults(lag=0.0, oldest_look=0.0, since_renewal=0.0) == {}


@pytest.mark.parametrize(
    ("lag", "oldest_look", "since_renewal", "part"),
    [
        (31.0, 0.0, 0.0, "loop"),
        (0.0, 301.0, 0.0, "look"),
        (0.0, 0.0, 31.0, "lease"),
    ],
)
def test_what_hangs_is_named(
    lag: float, oldest_look: float, since_renewal: float, part: str
) -> None:
    assert list(liveness.faults(lag, oldest_look, since_renewal)) == [part]


async def test_a_late_loop_shows_its_lag_and_a_timely_one_none() -> None:
    now, late = 0.0, [4.0, 0.0]

    async def pause(seconds: float) -> None:
        nonlocal now
        if not late:
            raise _EndOfStoryError
        now += seconds + late.pop(0)
        seen.append(pulse.lag_seconds)

    seen: list[float] = []
    pulse = Pulse(lambda: now, pause)
    with pytest.raises(_EndOfStoryError):
        await pulse.beat()
    assert (seen, pulse.lag_seconds) == ([0.0, 4.0], 0.0)


class _EndOfStoryError(Exception):
    """The test has seen enough."""
