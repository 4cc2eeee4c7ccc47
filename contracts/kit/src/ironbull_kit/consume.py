"""How does a central role work through a stream? Pull, hand over, acknowledge after the commit.

The one broad `except` of the system is here: whatever a handler raises is logged and counted, its
messages come again, and one that failed `MAX_FAILURES` times is laid aside as a dead task. A
transient failure (database or network away) says nothing about the message and is not counted.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError

from ironbull_kit import logs, pulls, streams
from ironbull_kit.metrics import HANDLED, LAST_PULL

FETCH_SECONDS: Final = 2.0
MAX_FAILURES: Final = 3
RETRY_SECONDS: Final = 1.0
MAX_WHY: Final = 500
"""Characters of what was raised that a dead task keeps."""
MAX_REMEMBERED: Final = 10_000
RESUBSCRIBE_AFTER: Final = 5
"""nats-py does not re-issue a pull in flight when the server died: subscribe anew then."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message of a stream; `message_id` is unique among all subjects."""

    subject: str
    message_id: str
    body: bytes


Handler = Callable[[Sequence[Delivered]], Awaitable[None]]
"""Does the whole effect in one commit; raising leaves nothing done."""
LayAside = Callable[[Delivered, str], Awaitable[None]]
"""Stores a dead task with its error; it is terminated afterwards."""
TRANSIENT: Final[tuple[type[Exception], ...]] = (OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Consumer:
    """Which stream is consumed by whom, and in batches of how many."""

    stream: str
    durable: str
    most: int
    transient: tuple[type[Exception], ...] = TRANSIENT
    """What a handler raises when something it needs is away: retried without a limit."""


class _Outcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class _Tried:
    """How it went, and what was raised."""

    outcome: _Outcome
    why: str = ""


async def run(
    client: Client,
    consumer: Consumer,
    handle: Handler,
    lay_aside: LayAside,
    stopping: asyncio.Event,
) -> None:
    """Consume until the process should end."""
    worker = _Worker(client, consumer, handle, lay_aside)
    while not stopping.is_set():
        messages = await worker.pull()
        if messages:
            await worker.work(messages)
    await worker.leave()


class _Worker:
    """One consumer's subscription and how often each of its messages failed."""

    def __init__(
        self, client: Client, consumer: Consumer, handle: Handler, lay_aside: LayAside
    ) -> None:
        self._client = client
        self._consumer = consumer
        self._handle = handle
        self._lay_aside = lay_aside
        self._subscription: JetStreamContext.PullSubscription | None = None
        self._empty = 0
        self._failures: OrderedDict[int, int] = OrderedDict()

    async def pull(self) -> list[Msg]:
        """Fetch what is there; an empty list when there is nothing or the server is away."""
        name = self._consumer.durable
        try:
            if self._subscription is None:
                self._subscription = await self._subscribe()
            messages = await self._subscription.fetch(self._consumer.most, timeout=FETCH_SECONDS)
        except TimeoutError:
            LAST_PULL.labels(name).set(time.time())
            self._empty += 1
            if self._empty >= RESUBSCRIBE_AFTER:
                await self.leave()
            return []
        except (NatsError, APIError, OSError) as error:
            logs.get().warning("pull_failed", consumer=name, why=f"{type(error).__name__}: {error}")
            await self.leave()
            await asyncio.sleep(RETRY_SECONDS)
            return []
        self._empty = 0
        LAST_PULL.labels(name).set(time.time())
        return messages

    async def leave(self) -> None:
        """Give the subscription up; the next pull makes it anew."""
        subscription, self._subscription, self._empty = self._subscription, None, 0
        if subscription is not None:
            with suppress(NatsError, OSError):
                await subscription.unsubscribe()

    async def work(self, messages: list[Msg]) -> None:
        """Handle a batch; when it raises, each alone, so that only the bad one suffers."""
        tried = await self._try(messages)
        if tried.outcome is _Outcome.FAILED and len(messages) > 1:
            for message in messages:
                await self._judge(message, await self._try([message]))
        else:
            for message in messages:
                await self._judge(message, tried)

    async def _subscribe(self) -> JetStreamContext.PullSubscription:
        js = self._client.jetstream()
        await streams.ensure_reader(js, self._consumer.stream, self._consumer.durable)
        return pulls.prompt(
            await js.pull_subscribe_bind(
                consumer=self._consumer.durable, stream=self._consumer.stream
            )
        )

    async def _try(self, messages: list[Msg]) -> _Tried:
        name = self._consumer.durable
        try:
            await self._handle([_delivered(message) for message in messages])
        except self._consumer.transient as error:
            logs.get().warning("handler_waits", consumer=name, why=type(error).__name__)
            tried = _Tried(_Outcome.AWAY)
        except Exception as error:  # noqa: BLE001 - the one place: a bad message must not end the role
            logs.get().exception("handler_failed", consumer=name, messages=len(messages))
            tried = _Tried(_Outcome.FAILED, _why(error))
        else:
            tried = _Tried(_Outcome.DONE)
        HANDLED.labels(name, tried.outcome.value).inc(len(messages))
        return tried

    async def _judge(self, message: Msg, tried: _Tried) -> None:
        """Acknowledge, ask for it again, or lay it aside; an answer that is lost costs a repeat."""
        number = int(message.metadata.sequence.stream)
        outcome = tried.outcome
        try:
            if outcome is _Outcome.DONE:
                self._failures.pop(number, None)
                await message.ack()
            elif outcome is not _Outcome.FAILED or self._fail(number) < MAX_FAILURES:
                await message.nak(delay=RETRY_SECONDS)
            else:
                error = f"failed {MAX_FAILURES} times, at last with {tried.why}"
                await self._lay_aside(_delivered(message), error)
                await message.term()
                self._failures.pop(number, None)
                HANDLED.labels(self._consumer.durable, "dead").inc()
        except Exception:  # noqa: BLE001 - a verdict that is lost costs a repeat, not the role
            logs.get().exception("verdict_lost", consumer=self._consumer.durable)

    def _fail(self, number: int) -> int:
        count = self._failures.pop(number, 0) + 1
        self._failures[number] = count
        while len(self._failures) > MAX_REMEMBERED:
            self._failures.popitem(last=False)
        return count


def _why(error: Exception) -> str:
    """Write an error in one line that a database takes: it may quote what the message said."""
    text = f"{type(error).__name__}: {error}"[:MAX_WHY]
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _delivered(message: Msg) -> Delivered:
    """Name a message by its subject and the publisher's id: nobody can use up another one's ids.

    Without an id the instant is part of the name, since a stream made anew counts from 1.
    """
    metadata = message.metadata
    fallback = f"{metadata.sequence.stream}@{metadata.timestamp.isoformat()}"
    told = (message.headers or {}).get("Nats-Msg-Id") or fallback
    return Delivered(message.subject, f"{message.subject}|{told}", message.data)
