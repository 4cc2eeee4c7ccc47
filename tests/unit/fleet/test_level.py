"""Which members should give accounts away, and how many?"""

from hypothesis import given
from hypothesis import strategies as st

from ironbull_app.flows.fleet_level import MAX_MOVED, TOLERANCE, find_surplus
from ironbull_app.ports.fleet import Candidate

FEED, OTHER = "binance-paper", "okx-paper"


def members(*loads: int, feed: str = FEED) -> list[Candidate]:
    return [Candidate(f"{feed}-{n}", feed, load) for n, load in enumerate(loads)]


def test_a_member_that_joins_gets_half() -> None:
    assert find_surplus(members(10, 0)) == {f"{FEED}-0": 5}


def test_a_difference_of_one_is_level() -> None:
    assert find_surplus(members(5, 4, 5)) == {}


def test_members_of_other_feeds_are_not_compared() -> None:
    assert find_surplus([*members(9), *members(0, feed=OTHER)]) == {}


def test_no_members_have_no_surplus() -> None:
    assert find_surplus([]) == {}


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6))
def test_passes_are_bounded_give_only_what_is_held_and_end_level(loads: list[int]) -> None:
    for _ in range(sum(loads) // MAX_MOVED + 2):
        surplus = find_surplus(members(*loads))
        assert sum(surplus.values()) <= MAX_MOVED
        for number in range(len(loads)):
            loads[number] -= surplus.get(f"{FEED}-{number}", 0)
            assert loads[number] >= 0
        for _ in range(sum(surplus.values())):
            loads[loads.index(min(loads))] += 1

    assert max(loads) - min(loads) <= TOLERANCE
    assert find_surplus(members(*loads)) == {}
