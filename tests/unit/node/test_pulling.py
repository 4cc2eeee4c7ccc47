"""A lane's inbox is given up without losing what lies in it."""

import asyncio
from typing import cast

import nats.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from ironbull_node.pulling import RESUBSCRIBE_AFTER, Pulling


class Inbox:
    """A pull subscription whose answers the test gives."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[list[Msg]] = asyncio.get_running_loop().create_future()
        self.asked = asyncio.Event()
        self.is_ended = False
        self.pending_msgs = 0

    async def fetch(self, most: int, timeout: float) -> list[Msg]:  # noqa: ASYNC109 - nats-py's
        assert (most, timeout) == (50, 5.0)
        self.asked.set()
        return await self.answer

    async def unsubscribe(self) -> None:
        self.is_ended = True


class Inboxes:
    """Makes inboxes and remembers them."""

    def __init__(self) -> None:
        self.made: list[Inbox] = []

    async def subscribe(self) -> JetStreamContext.PullSubscription:
        self.made.append(Inbox())
        return cast("JetStreamContext.PullSubscription", self.made[-1])


def message(body: bytes) -> Msg:
    return Msg(Client(), subject="task", data=body)


async def begun(pulling: Pulling, inboxes: Inboxes) -> "asyncio.Task[list[Msg]]":
    """Begin a pull, and return when the server has it."""
    working = asyncio.create_task(pulling.fetch(50, 5.0))
    while not inboxes.made:  # noqa: ASYNC110 - one turn of the loop
        await asyncio.sleep(0)
    await inboxes.made[-1].asked.wait()
    return working


async def test_a_lost_connection_ends_the_pull_and_its_inbox_at_once() -> None:
    inboxes = Inboxes()
    pulling = Pulling(inboxes.subscribe)
    working = await begun(pulling, inboxes)

    await pulling.give_up()

    assert await working == []
    assert inboxes.made[0].is_ended


async def test_what_a_lost_pull_had_received_is_what_the_next_one_brings() -> None:
    inboxes = Inboxes()
    pulling = Pulling(inboxes.subscribe)
    working = await begun(pulling, inboxes)
    await pulling.give_up()
    await working

    inboxes.made[0].answer.set_result([message(b"1")])
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert [one.data for one in await pulling.fetch(50, 5.0)] == [b"1"]


async def test_a_lost_pull_that_brings_nothing_is_forgotten() -> None:
    inboxes = Inboxes()
    pulling = Pulling(inboxes.subscribe)
    working = await begun(pulling, inboxes)
    await pulling.give_up()
    await working
    inboxes.made[0].answer.set_exception(nats.errors.TimeoutError())

    again = asyncio.create_task(pulling.fetch(50, 5.0))
    while len(inboxes.made) == 1:  # noqa: ASYNC110 - one turn of the loop
        await asyncio.sleep(0)
    inboxes.made[1].answer.set_result([message(b"2")])

    assert [one.data for one in await again] == [b"2"]


@pytest.mark.parametrize(("waiting", "inboxes_made"), [(0, 2), (1, 1)])
async def test_an_inbox_is_tried_anew_after_empty_pulls_unless_something_came_late(
    waiting: int, inboxes_made: int
) -> None:
    inboxes = Inboxes()
    pulling = Pulling(inboxes.subscribe, late_seconds=0)
    for _ in range(RESUBSCRIBE_AFTER):
        working = asyncio.create_task(pulling.fetch(50, 5.0))
        await asyncio.sleep(0)
        inbox = inboxes.made[0]
        inbox.pending_msgs = waiting
        if not inbox.answer.done():
            inbox.answer.set_exception(nats.errors.TimeoutError())
        assert await working == []

    await _ask_once_more(pulling)

    assert len(inboxes.made) == inboxes_made


async def test_a_refusal_gives_the_inbox_up() -> None:
    inboxes = Inboxes()
    pulling = Pulling(inboxes.subscribe)
    working = await begun(pulling, inboxes)
    inboxes.made[0].answer.set_exception(nats.errors.Error("no"))

    with pytest.raises(nats.errors.Error):
        await working
    assert inboxes.made[0].is_ended


async def test_a_member_that_ends_ends_its_pull() -> None:
    inboxes = Inboxes()
    working = await begun(Pulling(inboxes.subscribe), inboxes)

    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await asyncio.sleep(0)

    assert inboxes.made[0].answer.cancelled()


async def _ask_once_more(pulling: Pulling) -> None:
    working = asyncio.create_task(pulling.fetch(50, 5.0))
    for _ in range(5):
        await asyncio.sleep(0)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
