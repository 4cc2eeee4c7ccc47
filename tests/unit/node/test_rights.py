"""Leases by the instant a beat was sent, epochs, switches, freshness, budgets."""

import asyncio
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from unit.node.test_life import task

from ironbull_messages.fleet import Control, HeldAccount, Kill
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.refusals import Refusal
from ironbull_node.fresh import is_fresh
from ironbull_node.leases import Leases
from ironbull_node.venue.limiter import Budget, Limiter, Priority

ACCOUNT = ExchangeAccountId(UUID(int=9))
WINDOW = 3.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def leases(clock: Clock, *kills: Kill, version: int = 1) -> Leases:
    made = Leases(clock)
    held = (HeldAccount(account_id=ACCOUNT, epoch=4),)
    made.take(Control(version=version, accounts=held, kills=kills))
    made.extend(clock.now, 15.0)
    return made


def test_a_lease_counts_from_the_sent_beat() -> None:
    clock = Clock()
    held = leases(clock)
    clock.now += 14
    held.extend(sent_at=100.0, lease_seconds=15.0)
    assert held.seconds_left == 1.0


@given(elapsed=st.floats(0, 30))
def test_whatever_is_signed_expires_before_the_lease(elapsed: float) -> None:
    clock = Clock()
    held = leases(clock)
    clock.now += elapsed
    for closing in (True, False):
        if held.refuses(ACCOUNT, 4, WINDOW, closing=closing) is None:
            assert clock.now + WINDOW + 1 < 115.0


def test_opening_stops_before_closing() -> None:
    clock = Clock()
    held = leases(clock)
    clock.now += 8
    assert held.refuses(ACCOUNT, 4, WINDOW, closing=False) is Refusal.LEASE_ENDING
    assert held.refuses(ACCOUNT, 4, WINDOW, closing=True) is None


def test_another_epoch_or_account_is_refused() -> None:
    held = leases(Clock())
    assert held.refuses(ACCOUNT, 3, WINDOW, closing=True) is Refusal.EPOCH_STALE
    other = ExchangeAccountId(uuid4())
    assert held.refuses(other, 4, WINDOW, closing=True) is Refusal.EPOCH_STALE


def test_an_older_snapshot_changes_nothing() -> None:
    held = leases(Clock(), version=5)
    assert not held.take(Control(version=4))
    assert held.epoch(ACCOUNT) == 4


def test_an_account_that_is_asked_back_is_not_traded() -> None:
    held = leases(Clock())
    accounts = (HeldAccount(account_id=ACCOUNT, epoch=4),)
    held.take(Control(version=2, accounts=accounts, hand_back=(ACCOUNT,)))
    assert held.refuses(ACCOUNT, 4, WINDOW, closing=True) is Refusal.LEASE_ENDING
    assert held.returning() == accounts


@given(
    flag=st.booleans(),
    deliveries=st.integers(1, 3),
    same_journal=st.booleans(),
    held=st.sampled_from([None, 0, 1, 2]),
)
def test_only_the_first_delivery_to_one_journal_under_one_epoch_is_fresh(
    *, flag: bool, deliveries: int, same_journal: bool, held: int | None
) -> None:
    given_task = task().model_copy(update={"fresh": flag})
    journal = given_task.journal_id if same_journal else uuid4()
    expected = flag and deliveries == 1 and same_journal and held == given_task.epoch
    assert is_fresh(given_task, deliveries, journal, held) is expected


def test_a_share_of_the_budget_is_for_closing_and_resolving() -> None:
    budget = Budget(100)
    budget.take(70, 0.0)
    assert not budget.may_take(1, Priority.OPEN, 0.0)
    assert budget.may_take(30, Priority.CLOSE, 0.0)
    assert budget.may_take(70, Priority.OPEN, 60.0)


async def test_the_trades_of_openings_are_read_after_openings_and_from_the_common_share() -> None:
    limiter = Limiter(Clock())
    limiter.learn(weight_per_minute=100, orders_per_minute=2)
    await limiter.admit(Priority.OPEN, 66, "key")
    assert limiter.is_free(Priority.TRADES, 4, "")
    assert not limiter.is_free(Priority.TRADES, 5, "")
    waiting = asyncio.create_task(limiter.admit(Priority.OPEN, 0, "key"))
    await asyncio.sleep(0)

    assert not limiter.is_free(Priority.TRADES, 4, "")
    assert limiter.is_free(Priority.RESOLVE, 34, "")
    waiting.cancel()


def test_the_venues_count_corrects_ours() -> None:
    budget = Budget(100)
    budget.hear(95, 0.0)
    assert not budget.may_take(10, Priority.CLOSE, 0.0)


def test_a_throttled_answer_halts_all_but_closes_until_retry_after() -> None:
    clock = Clock()
    limiter = Limiter(clock)
    limiter.hear(429, {"Retry-After": "7"})
    assert not limiter.is_free(Priority.RESOLVE, 1, "")
    assert limiter.is_free(Priority.CLOSE, 1, "")
    clock.now += 7
    assert limiter.is_free(Priority.RESOLVE, 1, "")
