"""No object is worked on twice at a time, none is forgotten and none blocks the others."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from ironbull_operator import queue
from ironbull_operator.queue import Again, Gone, Outcome, Queue


class Desk:
    """Reconciles as told, and keeps what it saw."""

    def __init__(self) -> None:
        self.turns: Counter[str] = Counter()
        self.running: Counter[str] = Counter()
        self.most_at_once = 0
        self.gate = asyncio.Event()
        self.outcome: Outcome = Gone()
        self.fails: set[str] = set()
        self.order: list[str] = []

    async def reconcile(self, key: str) -> Outcome:
        self.turns[key] += 1
        self.order.append(key)
        self.running[key] += 1
        self.most_at_once = max(self.most_at_once, self.running[key])
        await self.gate.wait()
        self.running[key] -= 1
        if key in self.fails:
            raise ConnectionError(key)
        return self.outcome


async def _with_workers(desk: Desk, story: Callable[[Queue[str]], Awaitable[None]]) -> None:
    work = Queue(desk.reconcile, asyncio.get_running_loop().time, draw=lambda: 0.0)
    running = asyncio.create_task(work.work())
    try:
        await story(work)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_key_that_waits_is_one_key() -> None:
    desk = Desk()

    async def story(work: Queue[str]) -> None:
        for _ in range(5):
            work.add("a")
        assert work.depth == 1
        desk.gate.set()
        await _settle()
        assert desk.turns == {"a": 1}

    await _with_workers(desk, story)


async def test_a_key_added_meanwhile_has_one_more_turn_afterwards() -> None:
    desk = Desk()

    async def story(work: Queue[str]) -> None:
        work.add("a")
        await _settle()
        work.add("a")
        work.add("a")
        await _settle()
        assert (desk.turns["a"], desk.most_at_once) == (1, 1)
        desk.gate.set()
        await _settle()
        assert (desk.turns["a"], desk.most_at_once) == (2, 1)

    await _with_workers(desk, story)


async def test_a_broken_object_comes_again_and_blocks_no_other() -> None:
    desk = Desk()
    desk.fails.add("broken")
    desk.gate.set()

    async def story(work: Queue[str]) -> None:
        work.add("broken")
        work.add("sound")
        await _settle()
        assert desk.turns == {"broken": 1, "sound": 1}
        assert work.failing == 1
        desk.fails.clear()
        work.add("broken")  # an event comes before the back-off ends
        await _settle()
        assert desk.turns["broken"] == 2
        assert work.failing == 0

    await _with_workers(desk, story)


async def test_no_more_run_at_once_than_there_are_workers() -> None:
    desk = Desk()

    async def story(work: Queue[str]) -> None:
        for number in range(queue.WORKERS + 7):
            work.add(str(number))
        await _settle()
        assert desk.running.total() == queue.WORKERS
        assert work.depth == 7
        desk.gate.set()
        await _settle()
        assert desk.turns.total() == queue.WORKERS + 7

    await _with_workers(desk, story)


async def test_an_object_that_asks_for_it_comes_again() -> None:
    desk = Desk()
    desk.gate.set()
    desk.outcome = Again(timedelta(0))

    async def story(work: Queue[str]) -> None:
        work.add("a")
        await _settle()
        await asyncio.sleep(0.01)  # a timer of no seconds still is a timer
        assert desk.turns["a"] >= 2

    await _with_workers(desk, story)


async def test_what_happened_goes_before_what_is_due() -> None:
    desk = Desk()
    desk.gate.set()

    async def story(work: Queue[str]) -> None:
        for name in "abc":
            work.add_patient(name)
        work.add("c")
        work.add("news")
        await _settle()
        assert desk.order == ["c", "news", "a", "b"]

    await _with_workers(desk, story)


async def test_what_is_due_gets_a_turn_however_much_happens() -> None:
    desk = Desk()
    desk.gate.set()

    async def story(work: Queue[str]) -> None:
        work.add_patient("due")
        for number in range(3 * queue.MOST_PASSED):
            work.add(str(number))
        await _settle()
        assert desk.order.index("due") == queue.MOST_PASSED

    await _with_workers(desk, story)


async def test_turns_that_wait_for_nothing_let_others_in_between() -> None:
    desk = Desk()
    desk.gate.set()
    seen: list[int] = []

    async def story(work: Queue[str]) -> None:
        for number in range(100):
            work.add(str(number))
        while desk.turns.total() < 100:
            await asyncio.sleep(0)
            seen.append(desk.turns.total())
        steps = [after - before for before, after in itertools.pairwise([0, *seen])]
        assert max(steps) <= queue.WORKERS

    await _with_workers(desk, story)


async def test_an_object_that_waits_in_vain_asks_less_and_less_until_something_happens() -> None:
    desk = Desk()
    desk.gate.set()
    desk.outcome = Again(timedelta(seconds=2))
    pauses: list[float] = []

    async def story(work: Queue[str]) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(5):
            work.add_patient("a")
            await _settle()
            pauses.append(round(work._timers["a"].when() - loop.time()))
        work.add("a")
        await _settle()
        pauses.append(round(work._timers["a"].when() - loop.time()))

    await _with_workers(desk, story)
    assert pauses == [2, 4, 8, 15, 15, 2]


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.5), (2, 1), (3, 2), (7, 32), (8, 60), (10_000, 60)]
)
def test_the_back_off_doubles_up_to_its_bound(failures: int, seconds: float) -> None:
    assert queue.back_off(failures) == timedelta(seconds=seconds)
