"""Batches are stored whole, consumers retry what is away and lay aside what is bad."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import nats
import pytest
from fixtures.waiting import eventually
from nats.aio.client import Client

from ironbull_kit import batch, consume, repeat, streams
from ironbull_kit.batch import Outgoing, PublishError
from ironbull_kit.consume import Consumer, Delivered
from ironbull_local import nats_server, tether
from ironbull_local.nats_server import NatsServer
from ironbull_messages import subjects

READER = Consumer(subjects.SIGNALS, "reader", 50)
OPEN = "task.acme.aaaaaaaaaaaaaaaa.open"


async def _connect(server: NatsServer) -> Client:
    async def ignore(_: Exception) -> None:
        """A server that is killed is what some tests are about."""

    client = await nats.connect(
        server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=ignore
    )
    await streams.ensure_streams(client.jetstream())
    return client


class Reader:
    """A handler that does as it is told, and what it saw."""

    def __init__(self) -> None:
        self.done: list[bytes] = []
        self.dead: list[tuple[bytes, str]] = []
        self.fails: Callable[[Sequence[Delivered]], None] = lambda _: None
        self.stopping = asyncio.Event()

    async def handle(self, messages: Sequence[Delivered]) -> None:
        self.fails(messages)
        self.done += [message.body for message in messages]

    async def lay_aside(self, message: Delivered, error: str) -> None:
        self.dead.append((message.body, error))

    def start(self, client: Client) -> asyncio.Task[None]:
        run = consume.run(client, READER, self.handle, self.lay_aside, self.stopping)
        return asyncio.create_task(run)

    async def stop(self, running: asyncio.Task[None]) -> None:
        self.stopping.set()
        await running


def _outgoing(count: int, start: int = 0) -> list[Outgoing]:
    return [Outgoing(OPEN, f"id-{n}", str(n).encode()) for n in range(start, start + count)]


async def test_a_batch_is_stored_whole(plain_nats: NatsServer) -> None:
    client = await _connect(plain_nats)
    await batch.publish(client, _outgoing(500))
    state = (await client.jetstream().stream_info(subjects.TASKS)).state
    await client.close()

    assert state.messages == 500


async def test_a_batch_with_a_message_that_is_stored_already_adds_the_others(
    plain_nats: NatsServer,
) -> None:
    client = await _connect(plain_nats)
    await batch.publish(client, _outgoing(10))
    await batch.publish(client, _outgoing(20))
    state = (await client.jetstream().stream_info(subjects.TASKS)).state
    await client.close()

    assert state.messages == 20


async def test_a_batch_for_a_stream_that_is_gone_says_so(plain_nats: NatsServer) -> None:
    client = await _connect(plain_nats)
    await client.jetstream().delete_stream(subjects.TASKS)

    with pytest.raises(PublishError):
        await batch.publish(client, _outgoing(3))
    await client.close()


async def test_a_bad_message_is_laid_aside_and_the_others_are_done(
    plain_nats: NatsServer,
) -> None:
    client, reader = await _connect(plain_nats), Reader()

    def fails(messages: Sequence[Delivered]) -> None:
        if any(message.body == b"3" for message in messages):
            raise ValueError("no such\0thing")

    reader.fails = fails
    for n in range(6):
        await client.jetstream().publish("signal.acme.trend", str(n).encode())
    running = reader.start(client)
    await eventually(lambda: reader.dead)
    await reader.stop(running)
    await client.close()

    assert sorted(set(reader.done)) == [b"0", b"1", b"2", b"4", b"5"]
    assert reader.dead == [(b"3", "failed 3 times, at last with ValueError: no such thing")]


async def test_what_is_away_is_waited_for_and_never_laid_aside(plain_nats: NatsServer) -> None:
    client, reader = await _connect(plain_nats), Reader()
    tries = 0

    def fails(_: Sequence[Delivered]) -> None:
        nonlocal tries
        tries += 1
        if tries <= consume.MAX_FAILURES + 1:
            raise ConnectionError("the database is away")

    reader.fails = fails
    await client.jetstream().publish("signal.acme.trend", b"1")
    running = reader.start(client)
    await eventually(lambda: reader.done)
    await reader.stop(running)
    await client.close()

    assert reader.done == [b"1"]
    assert reader.dead == []


async def test_a_consumer_goes_on_after_the_server_lost_its_disk(tmp_path: Path) -> None:
    reader = Reader()
    server = nats_server.prepare(tmp_path / "nats")
    with ExitStack() as ends:
        process = _start(server, ends)
        client = await _connect(server)
        js = client.jetstream()
        running = reader.start(client)
        keeping = asyncio.create_task(
            repeat.every(0.5, "streams", lambda: streams.ensure_streams(js), reader.stopping)
        )
        await js.publish("signal.acme.trend", b"before")
        await eventually(lambda: reader.done == [b"before"])

        process.kill()
        process.wait(30)
        shutil.rmtree(server.folder / "jetstream")
        _start(server, ends)

        async def publish() -> None:
            await js.publish("signal.acme.trend", b"after")

        publishing = asyncio.create_task(repeat.every(0.5, "signals", publish, reader.stopping))
        await eventually(lambda: b"after" in reader.done)
        await reader.stop(running)
        await asyncio.gather(keeping, publishing)
        await client.close()


def _start(server: NatsServer, ends: ExitStack) -> subprocess.Popen[bytes]:
    log = ends.enter_context(server.log.open("ab"))
    process = tether.start(server.command(), log=log, folder=server.folder)
    ends.callback(tether.stop, process)
    nats_server.wait_until_ready(server, process)
    return process
