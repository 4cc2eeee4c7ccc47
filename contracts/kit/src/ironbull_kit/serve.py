"""How are requests on the bus answered? A bounded number at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from ironbull_kit import logs
from ironbull_kit.metrics import REQUESTS
from ironbull_messages.base import Message

MAX_AT_ONCE: Final = 64
Answer = Callable[[str, bytes], Awaitable[Message | None]]
"""Takes subject and body; None: no answer, the asker will ask again."""


async def answer(client: Client, subject: str, queue: str, reply: Answer) -> Subscription:
    """Answer requests on a subject with wildcards, at most `MAX_AT_ONCE` at a time."""
    word = subject.partition(".")[0]
    slots = asyncio.Semaphore(MAX_AT_ONCE)
    running: set[asyncio.Task[None]] = set()

    async def one(message: Msg) -> None:
        async with slots:
            try:
                said = await reply(message.subject, message.data)
            except Exception:  # noqa: BLE001 - one bad request must not end the responder
                logs.get().exception("request_failed", subject=message.subject)
                REQUESTS.labels(word, "failed").inc()
                return
            if said is not None and message.reply:
                await message.respond(said.to_bytes())
            REQUESTS.labels(word, "answered" if said is not None else "refused").inc()

    async def receive(message: Msg) -> None:
        task = asyncio.create_task(one(message))
        running.add(task)
        task.add_done_callback(running.discard)

    return await client.subscribe(subject, queue=queue, cb=receive)
