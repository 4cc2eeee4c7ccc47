"""What does a member want of the bus? Requests, two lanes, results with an acknowledgement."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from ironbull_messages.words import Lane


class BusError(Exception):
    """The bus did not answer; it may be asked again."""


class Delivery(Protocol):
    """One delivered task."""

    @property
    def body(self) -> bytes:
        """The message."""

    @property
    def deliveries(self) -> int:
        """How often it was delivered, this time included."""

    async def ack(self) -> None:
        """Say that the task is durable here."""

    async def term(self) -> None:
        """Say that the task must not come again."""


class Bus(Protocol):
    """The member's connection; every call raises `BusError` when it is not answered."""

    async def request(self, subject: str, body: bytes, timeout_seconds: float) -> bytes:
        """Ask and return the answer."""

    async def publish(self, subject: str, body: bytes, message_id: str) -> None:
        """Put a message into its stream; durable there on return."""

    async def fetch(self, lane: Lane, most: int, timeout_seconds: float) -> list[Delivery]:
        """Pull tasks of a lane; an empty list: none came in time."""

    async def listen(self, subject: str, hear: Callable[[bytes], Awaitable[None]]) -> None:
        """Hear what is pushed."""
