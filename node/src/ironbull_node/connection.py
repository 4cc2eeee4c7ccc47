"""How does a member talk to NATS? Only on the subjects of its own token."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from ironbull_kit import pulls
from ironbull_kit.bus import Losses
from ironbull_messages import subjects
from ironbull_messages.words import Lane
from ironbull_node.bus import BusError, Delivery
from ironbull_node.pulling import Pulling

PUBLISH_SECONDS: Final = 5.0


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

    def __init__(self, client: Client, token: str, losses: Losses) -> None:
        self._client = client
        self._stream = client.jetstream(timeout=PUBLISH_SECONDS)
        self._token = token
        self._pulls = {lane: Pulling(partial(self._subscribe, lane)) for lane in Lane}
        losses.hear(self._lose)

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
            messages = await self._pulls[lane].fetch(most, timeout_seconds)
        except nats.errors.Error as error:
            raise BusError(f"{lane.value}: {type(error).__name__}") from None
        return [NatsDelivery(message) for message in messages]

    async def listen(self, subject: str, hear: Callable[[bytes], Awaitable[None]]) -> None:
        """Hear what is pushed."""

        async def on_message(message: Msg) -> None:
            await hear(message.data)

        await self._client.subscribe(subject, cb=on_message)

    async def _subscribe(self, lane: Lane) -> JetStreamContext.PullSubscription:
        return pulls.prompt(
            await self._stream.pull_subscribe_bind(
                consumer=subjects.consumer(self._token, lane),
                stream=subjects.TASKS,
                inbox_prefix=f"{subjects.inbox_prefix(self._token)}.".encode(),
            )
        )

    async def _lose(self) -> None:
        for pull in self._pulls.values():
            await pull.give_up()


async def _answered(call: Awaitable[object]) -> None:
    try:
        await call
    except (TimeoutError, nats.errors.Error) as error:
        raise BusError(type(error).__name__) from None
