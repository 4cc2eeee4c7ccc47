"""How does a central role work through a stream? Pull, hand over, acknowledge after the commit.

The one broad `except` of the system is here: whatever a handler raises is logged and counted, its
messages come
again, and one that failed `MAX_FAILURES` times is laid aside as a dead task.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError

from ironbull_kit import logs, streams
from ironbull_kit.metrics import HANDLED, LAST_PULL

FETCH_SECONDS: Final = 2.0
MAX_FAILURES: Final = 3
RETRY_SECONDS: Final = 1.0
RESUBSCRIBE_AFTER: Final = 5
"""nats-py does not re-issue a pull in flight when the server died: subscribe anew then."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message of a stream; `message_id` is the publisher's."""

    subject: str
    message_id: str
    body: bytes


Handler = Callable[[Sequence[Delivered]], Awaitable[None]]
"""Does the whole effect in one commit; raising leaves nothing done."""
LayAside = Callable[[Delivered, str], Awaitable[None]]
"""Stores a dead task with its error; it is terminated afterwards."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """Which stream is consumed by whom, and in batches of how many."""

    stream: str
    durable: str
    most: int


async def run(
    client: Client,
    consumer: Consumer,
    handle: Handler,
    lay_aside: LayAside,
    stopping: asyncio.Event,
) -> None:
    """Consume until the process should end."""
    subscription: JetStreamContext.PullSubscription | None = None
    empty = 0
    while not stopping.is_set():
        try:
            if subscription is None:
                js = client.jetstream()
                await streams.ensure_reader(js, consumer.stream, consumer.durable)
                subscription = await js.pull_subscribe_bind(
                    consumer=consumer.durable, stream=consumer.stream
                )
            messages = await subscription.fetch(consumer.most, timeout=FETCH_SECONDS)
        except TimeoutError:
            LAST_PULL.labels(consumer.durable).set(time.time())
            empty += 1
            if empty >= RESUBSCRIBE_AFTER:
                subscription, empty = None, 0
            continue
        except (NatsError, APIError, OSError) as error:
            logs.get().warning(
                "pull_failed", consumer=consumer.durable, why=f"{type(error).__name__}: {error}"
            )
            subscription = None
            await asyncio.sleep(RETRY_SECONDS)
            continue
        empty = 0
        LAST_PULL.labels(consumer.durable).set(time.time())
        await _work(consumer, messages, handle, lay_aside)


async def _work(
    consumer: Consumer, messages: list[Msg], handle: Handler, lay_aside: LayAside
) -> None:
    """Handle a batch; when it raises, each alone, so that only the bad one suffers."""
    if await _try(consumer, messages, handle, is_last=False):
        return
    for message in messages:
        if await _try(consumer, [message], handle, is_last=True):
            continue
        if int(message.metadata.num_delivered) >= MAX_FAILURES:
            await lay_aside(_delivered(message), f"failed {MAX_FAILURES} times; see the log")
            await message.term()
            HANDLED.labels(consumer.durable, "dead").inc()
        else:
            await message.nak(delay=RETRY_SECONDS)


async def _try(consumer: Consumer, messages: list[Msg], handle: Handler, *, is_last: bool) -> bool:
    try:
        await handle([_delivered(message) for message in messages])
        for message in messages:
            await message.ack()
    except Exception:  # noqa: BLE001 - the one place: a bad message must not end the role
        logs.get().exception(
            "handler_failed",
            consumer=consumer.durable,
            messages=len(messages),
            will_retry_singly=not is_last,
        )
        HANDLED.labels(consumer.durable, "failed").inc(len(messages))
        return False
    HANDLED.labels(consumer.durable, "done").inc(len(messages))
    return True


def _delivered(message: Msg) -> Delivered:
    metadata = message.metadata
    fallback = f"{metadata.stream}:{metadata.sequence.stream}"
    message_id = (message.headers or {}).get("Nats-Msg-Id") or fallback
    return Delivered(message.subject, message_id, message.data)
