"""How are many messages put into a stream at once? As one atomic batch, all or none (NATS ADR-50).

nats-py has no call for it. One already stored `Nats-Msg-Id` makes the server refuse the whole batch
(10201): that group is then published singly, and `duplicate` counts as sent.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

MAX_BATCH: Final = 500
TIMEOUT_SECONDS: Final = 10.0
MSG_ID: Final = "Nats-Msg-Id"
DUPLICATE_IN_BATCH: Final = 10201


class PublishError(ConnectionError):
    """The stream did not take the messages; they may be published again under the same ids."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: where it goes, the id that the stream drops repetitions by, and its body."""

    subject: str
    message_id: str
    body: bytes


async def publish(client: Client, messages: Sequence[Outgoing]) -> None:
    """Publish messages of one stream, at most `MAX_BATCH`; all are stored on return.

    Raises:
        PublishError: not all are known to be stored.
    """
    if len(messages) > MAX_BATCH:
        raise ValueError(f"a batch holds {len(messages)} messages, not ≤ {MAX_BATCH}")
    try:
        if len(messages) > 1 and await _publish_whole(client, messages):
            return
        await _publish_singly(client, messages)
    except (NatsError, APIError, TimeoutError, OSError) as error:
        raise PublishError(f"{len(messages)} messages: {type(error).__name__}: {error}") from error


async def _publish_whole(client: Client, messages: Sequence[Outgoing]) -> bool:
    """Publish one atomic batch; False: the server refuses it because one is stored already."""
    batch = uuid4().hex
    last = len(messages)
    for number, message in enumerate(messages[:-1], start=1):
        headers = _headers(batch, number, message)
        if number == 1:
            # The first is answered at once, so that a stream without batches is noticed.
            answer = await client.request(
                message.subject, message.body, timeout=TIMEOUT_SECONDS, headers=headers
            )
            if not _is_taken(answer.data):
                return False
            continue
        await client.publish(message.subject, message.body, headers=headers)
    final = messages[-1]
    headers = _headers(batch, last, final) | {"Nats-Batch-Commit": "1"}
    answer = await client.request(
        final.subject, final.body, timeout=TIMEOUT_SECONDS, headers=headers
    )
    return _is_taken(answer.data)


def _headers(batch: str, number: int, message: Outgoing) -> dict[str, str]:
    return {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number), MSG_ID: message.message_id}


def _is_taken(body: bytes) -> bool:
    if not body:
        return True
    error = json.loads(body).get("error")
    if error is None:
        return True
    if error.get("err_code") == DUPLICATE_IN_BATCH:
        return False
    raise PublishError(f"the stream refuses the batch: {error}")


async def _publish_singly(client: Client, messages: Sequence[Outgoing]) -> None:
    js = client.jetstream(timeout=TIMEOUT_SECONDS)
    await asyncio.gather(
        *(js.publish(one.subject, one.body, headers={MSG_ID: one.message_id}) for one in messages)
    )
