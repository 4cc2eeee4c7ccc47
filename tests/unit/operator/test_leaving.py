"""A member that leaves is told of until its pod is gone: it still hands its accounts back."""

from ironbull_messages.resources import ExecutionNodeSpec, Venue
from ironbull_messages.words import Environment, VenueType
from ironbull_operator.desired.leaving import Leaver, leavers
from ironbull_operator.desired.platform import Platform
from ironbull_operator.desired.pool import Member, member_set
from ironbull_operator.kinds import Object

PAPER = Venue(name="paper", type=VenueType.BINANCE, environment=Environment.PAPER)

PLATFORM = Platform("ironbull-system", "nats://nats:4222", "A" * 43 + "=", "s:1", "n:1", "http://p")
POOL = ExecutionNodeSpec(venue="paper", replicas=1)
FIRST, SECOND = "abcdefghijklmnop", "bbcdefghijklmnop"
ROWS: list[Object] = [{"name": "main-0", "token": FIRST}, {"name": "main-1", "token": SECOND}]


def _set(index: int, token: str) -> Object:
    return member_set(PLATFORM, Member("aurora", "main", index, token), POOL, PAPER)


def _pod(index: int, token: str) -> Object:
    template: Object = _set(index, token)["spec"]["template"]
    return template


SETS = [_set(0, FIRST), _set(1, SECOND)]


def test_nobody_leaves_a_pool_that_is_as_wanted() -> None:
    assert leavers({"main-0", "main-1"}, ROWS, SETS, [_pod(0, FIRST)]) == []


def test_a_member_is_there_while_its_set_is() -> None:
    assert leavers({"main-0"}, ROWS, SETS, []) == [Leaver("main-1", SECOND, is_there=True)]


def test_a_member_is_there_while_its_pod_drains() -> None:
    found = leavers({"main-0"}, ROWS, SETS[:1], [_pod(0, FIRST), _pod(1, SECOND)])
    assert found == [Leaver("main-1", SECOND, is_there=True)]


def test_a_member_without_set_and_pod_is_gone() -> None:
    found = leavers({"main-0"}, ROWS, SETS[:1], [_pod(0, FIRST)])
    assert found == [Leaver("main-1", SECOND, is_there=False)]


def test_a_member_that_the_status_forgot_is_known_by_what_runs() -> None:
    expected = [Leaver("main-1", SECOND, is_there=True)]
    assert leavers({"main-0"}, [], SETS, []) == expected
    assert leavers({"main-0"}, [], [], [_pod(1, SECOND)]) == expected
