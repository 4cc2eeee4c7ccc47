"""A close is sized from the venue's position, and one small answer is not believed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.node.test_life import task

from ironbull_messages.fleet import Credentials
from ironbull_messages.words import Leg
from ironbull_node import closing
from ironbull_node.venue.port import VenueError

KEYS = Credentials(api_key="k", api_secret="s")


class Told:
    """A venue that tells one position after the other."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)

    async def position(self, keys: Credentials, symbol: str) -> Decimal:
        assert (keys, symbol) == (KEYS, "BTC-USDT-SWAP")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise VenueError("", "away")
        return Decimal(answer)


@pytest.mark.parametrize(
    ("answers", "sold"),
    [
        (("3",), "3"),
        (("5",), "3"),
        (("0", "3"), "3"),
        (("1", "1"), "1"),
        (("0", "0"), "0"),
        (("-3", "-3"), "0"),
        ((None, "3"), "3"),
    ],
)
async def test_the_size(answers: tuple[str | None, ...], sold: str) -> None:
    found = await closing.size(Told(*answers), KEYS, task(closing=True), 0)
    assert found == Decimal(sold)


async def test_a_venue_that_does_not_answer_is_told() -> None:
    with pytest.raises(VenueError):
        await closing.size(Told(None), KEYS, task(closing=True), 0)


async def test_a_close_waits_for_a_venue_that_is_away() -> None:
    away = [None] * (closing.READS * 3)
    found = await closing.patiently(Told(*away, "3"), KEYS, task(closing=True), 0)
    assert found == 3


@given(signed=st.decimals(-100, 100, places=3))
def test_a_leg_is_never_negative(signed: Decimal) -> None:
    assert closing.held(signed, Leg.LONG) + closing.held(signed, Leg.SHORT) == abs(signed)
