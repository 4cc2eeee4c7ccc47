"""Two replicas never lead at once, on clocks that do not agree and a server that comes and goes."""

import random
from dataclasses import dataclass, field

import pytest

from ironbull_operator import election
from ironbull_operator.election import AwayError, ConflictError, Election, Hold, LostError


@dataclass
class Server:
    """An API server with one Lease."""

    hold: Hold | None = None
    writes: int = 0
    is_away: bool = False
    loses_answers: bool = False

    async def read(self) -> Hold | None:
        if self.is_away:
            raise AwayError("read")
        return self.hold

    async def write(self, holder: str, transitions: int, version: str | None) -> Hold:
        if self.is_away:
            raise AwayError("write")
        if version != (None if self.hold is None else self.hold.version):
            raise ConflictError(f"{version}")
        self.writes += 1
        self.hold = Hold(holder, str(self.writes), transitions, str(self.writes))
        if self.loses_answers:
            raise AwayError("answer lost")
        return self.hold


@dataclass
class World:
    """Time that passes when somebody waits."""

    server: Server = field(default_factory=Server)
    seconds: float = 0.0

    def candidate(self, name: str, ahead: float = 0.0) -> Election:
        return Election(self.server, name, lambda: self.seconds + ahead, self.pause)

    async def pause(self, seconds: float) -> None:
        self.seconds += seconds


async def test_the_first_candidate_leads() -> None:
    world = World()
    one = world.candidate("one")
    await one.acquire()
    assert one.is_leading
    assert world.server.hold is not None
    assert world.server.hold.holder == "one"


async def test_a_dead_leaders_lease_is_taken_over_after_its_duration_and_not_before() -> None:
    world = World()
    await world.candidate("one").acquire()
    two = world.candidate("two", ahead=5_000_000.0)  # the clocks of machines do not agree
    await two.acquire()
    waited = world.seconds
    assert election.DURATION.total_seconds() <= waited
    assert waited <= (election.DURATION + election.RETRY).total_seconds()
    assert world.server.hold is not None
    assert world.server.hold.transitions == 1


async def test_a_leader_that_cannot_renew_stops_before_anybody_may_begin() -> None:
    world = World()
    one = world.candidate("one")
    await one.acquire()
    world.server.is_away = True
    with pytest.raises(LostError):
        await one.keep()
    assert not one.is_leading
    assert world.seconds < election.DURATION.total_seconds()


async def test_nothing_is_written_by_who_does_not_lead_or_could_not_renew() -> None:
    world = World()
    one = world.candidate("one")
    with pytest.raises(LostError):
        one.guard()
    await one.acquire()
    one.guard()
    world.seconds += election.DEADLINE.total_seconds()  # nobody told it: the machine slept
    with pytest.raises(LostError):
        one.guard()


async def test_an_away_that_is_shorter_than_the_deadline_costs_nothing() -> None:
    world = World()
    one = world.candidate("one")
    await one.acquire()
    world.server.is_away = True

    async def pause(seconds: float) -> None:
        await World.pause(world, seconds)
        world.server.is_away = world.seconds < 5
        if world.seconds > 60:
            raise _EndOfStoryError

    one.pause = pause
    with pytest.raises(_EndOfStoryError):
        await one.keep()
    assert one.is_leading


async def test_a_usurped_leader_stops_at_once() -> None:
    world = World()
    one = world.candidate("one")
    await one.acquire()
    assert world.server.hold is not None
    await world.server.write("two", 1, world.server.hold.version)
    with pytest.raises(LostError):
        await one.keep()


async def test_a_write_whose_answer_was_lost_is_still_ours() -> None:
    world = World()
    world.server.loses_answers = True
    one = world.candidate("one")
    assert not await one._try()
    world.server.loses_answers = False
    await one.acquire()
    assert world.server.hold is not None
    assert world.server.hold.transitions == 0


async def test_a_released_lease_is_taken_at_once() -> None:
    world = World()
    one, two = world.candidate("one"), world.candidate("two")
    await one.acquire()
    await one.release()
    await two.acquire()
    assert world.seconds == 0


@pytest.mark.parametrize("seed", range(50))
async def test_never_do_two_lead(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    world = World()
    candidates = [world.candidate(name, chance.uniform(0, 1e6)) for name in "abc"]
    for _ in range(300):
        world.seconds += chance.uniform(0, 3)
        world.server.is_away = chance.random() < 0.3
        world.server.loses_answers = chance.random() < 0.2
        one = chance.choice(candidates)
        if one.is_leading and one.seconds_since_renewal >= election.DEADLINE.total_seconds():
            one.is_leading = False  # what `keep` does at the deadline
        elif await one._try():
            one.is_leading = True
        leaders = [
            each
            for each in candidates
            if each.is_leading and each.seconds_since_renewal < election.DEADLINE.total_seconds()
        ]
        assert len(leaders) <= 1


class _EndOfStoryError(Exception):
    """The test has seen enough."""
