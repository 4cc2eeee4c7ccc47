"""How does a member talk to NATS? Only on the subjects of its own token."""

from collections.abc import Awaitable, Callable
from typing import Final

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from ironbull_messages import subjects
from ironbull_messages.words import Lane
from ironbull_node.bus import BusError, Delivery

PUBLISH_SECONDS: Final = 5.0
RESUBSCRIBE_AFTER: Final = 5
"""A pull in flight when the server died is never answered: subscribe anew after so many."""

_log = structlog.get_logger()


class NatsDelivery:
    """A delivered task over nats-py."""

    def __init__(self, message: Msg) -> None:
        self._message = message

    @property
    def body(self) -> bytes:
        """The message."""
        return self._message.data

    @property
    def deliveries(self) -> int:
        """How often it was delivered, this time included."""
        return int(self._message.metadata.num_delivered)

    async def ack(self) -> None:
        """Say that the task is durable here."""
        await _answered(self._message.ack())

    async def term(self) -> None:
        """Say that the task must not come again."""
        await _answered(self._message.term())


class NatsBus:
    """The bus over nats-py."""

    def __init__(self, client: Client, token: str) -> None:
        self._client = client
        self._stream = client.jetstream(timeout=PUBLISH_SECONDS)
        self._token = token
        self._pulls: dict[Lane, JetStreamContext.PullSubscription] = {}
        self._empty: dict[Lane, int] = dict.fromkeys(Lane, 0)

    async def request(self, subject: str, body: bytes, timeout_seconds: float) -> bytes:
        """Ask and return the answer."""
        try:
            answer = await self._client.request(subject, body, timeout=timeout_seconds)
        except (nats.errors.Error, TimeoutError) as error:
            raise BusError(f"{subject}: {type(error).__name__}") from None
        return answer.data

    async def publish(self, subject: str, body: bytes, message_id: str) -> None:
        """Put a message into its stream; durable there on return."""
        headers = {"Nats-Msg-Id": message_id}
        await _answered(self._stream.publish(subject, body, headers=headers))

    async def fetch(self, lane: Lane, most: int, timeout_seconds: float) -> list[Delivery]:
        """Pull tasks of a lane; an empty list: none came in time."""
        if not self._client.is_connected:
            raise BusError("not connected")
        try:
            pull = await self._pull(lane)
            messages = await pull.fetch(most, timeout=timeout_seconds)
        except (nats.errors.TimeoutError, TimeoutError):
            await self._count_empty(lane)
            return []
        except nats.errors.Error as error:
            await self._drop(lane)
            raise BusError(f"{lane.value}: {type(error).__name__}") from None
        self._empty[lane] = 0
        return [NatsDelivery(message) for message in messages]

    async def listen(self, subject: str, hear: Callable[[bytes], Awaitable[None]]) -> None:
        """Hear what is pushed."""

        async def on_message(message: Msg) -> None:
            await hear(message.data)

        await self._client.subscribe(subject, cb=on_message)

    async def _pull(self, lane: Lane) -> JetStreamContext.PullSubscription:
        if lane not in self._pulls:
            self._pulls[lane] = await self._stream.pull_subscribe_bind(
                consumer=subjects.consumer(self._token, lane),
                stream=subjects.TASKS,
                inbox_prefix=f"{subjects.inbox_prefix(self._token)}.".encode(),
            )
        return self._pulls[lane]

    async def _count_empty(self, lane: Lane) -> None:
        self._empty[lane] += 1
        if self._empty[lane] >= RESUBSCRIBE_AFTER:
            await self._drop(lane)

    async def _drop(self, lane: Lane) -> None:
        self._empty[lane] = 0
        pull = self._pulls.pop(lane, None)
        if pull is not None:
            try:
                await pull.unsubscribe()
            except nats.errors.Error as error:
                _log.info("lane.unsubscribed", lane=lane.value, why=type(error).__name__)


async def _answered(call: Awaitable[object]) -> None:
    try:
        await call
    except (TimeoutError, nats.errors.Error) as error:
        raise BusError(type(error).__name__) from None
