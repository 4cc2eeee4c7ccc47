"""A pull hands over what is there; it never keeps a message until more have come."""

import asyncio
import json
from collections.abc import AsyncIterator

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from ironbull_kit.pulls import PromptPull, prompt
from ironbull_local.nats_server import NatsServer

MOST = 50
LONG_SECONDS = 60.0
PATIENCE_SECONDS = 15.0


@pytest.fixture
async def stream(plain_nats: NatsServer) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(plain_nats.url)
    js = client.jetstream()
    await js.add_stream(StreamConfig(name="PULLED", subjects=["pulled"]))
    wanted = ConsumerConfig(durable_name="reader", ack_policy=AckPolicy.EXPLICIT)
    await js.add_consumer("PULLED", wanted)
    yield js
    await client.close()


async def pull_of(js: JetStreamContext) -> PromptPull:
    return prompt(await js.pull_subscribe_bind(consumer="reader", stream="PULLED"))


async def test_a_message_that_answers_an_older_pull_is_handed_over_at_once(
    stream: JetStreamContext,
) -> None:
    """nats-py leaves such a pull behind when the end of the one before it comes late."""
    pull = await pull_of(stream)
    lingering = {"batch": MOST, "expires": int(LONG_SECONDS * 1e9)}
    await pull._nc.publish(pull._nms, json.dumps(lingering).encode(), pull._deliver)
    for number in range(3):
        fetching = asyncio.create_task(pull.fetch(MOST, LONG_SECONDS))
        await stream.publish("pulled", str(number).encode())
        (message,) = await asyncio.wait_for(fetching, PATIENCE_SECONDS)
        assert message.data == str(number).encode()
        await message.ack()


async def test_what_is_there_comes_together(stream: JetStreamContext) -> None:
    pull = await pull_of(stream)
    for number in range(MOST + 1):
        await stream.publish("pulled", str(number).encode())
    first, rest = await pull.fetch(MOST, LONG_SECONDS), await pull.fetch(MOST, LONG_SECONDS)
    told = [message.data for message in (*first, *rest)]
    assert (len(first), told) == (MOST, [str(number).encode() for number in range(MOST + 1)])
