"""What became of an order, judged by how its request ended? Pure; in doubt it is UNKNOWN."""

import asyncio
import socket
from collections.abc import Callable, Iterator

import aiohttp

from ironbull_node.venue import quirks
from ironbull_node.venue.port import (
    NeverSent,
    Outcome,
    Rejected,
    Submitted,
    Unknown,
    VenueError,
    VenueOrder,
)

_NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    socket.gaierror,
    ConnectionRefusedError,
)
MAX_CAUSES = 10
MAX_WHY = 160


def of_answer(answer: object, client_id: str, parse: Callable[[object], VenueOrder]) -> Outcome:
    """Judge the body of a successful answer: only our own id in a whole order proves anything."""
    try:
        order = parse(answer)
    except VenueError as error:
        return Unknown(f"unreadable answer: {error.message}"[:MAX_WHY])
    if order.client_id != client_id:
        return Unknown(f"answer about another order {order.client_id!r}"[:MAX_WHY])
    return Submitted(order)


def of_error(error: BaseException) -> Outcome:
    """Judge an error: a listed code is a reject, a failed connect was never sent."""
    if isinstance(error, VenueError):
        if error.code in quirks.BINANCE_REJECTS:
            return Rejected(error.code, error.message[:MAX_WHY], may_retry=False)
        if error.code in quirks.BINANCE_RETRIES:
            return Rejected(error.code, error.message[:MAX_WHY], may_retry=True)
        return Unknown(str(error)[:MAX_WHY])
    causes = list(_causes(error))
    if any(isinstance(cause, _NOT_CONNECTED) for cause in causes):
        return NeverSent(describe(causes[-1]))
    return Unknown(describe(causes[-1]))


def describe(error: BaseException) -> str:
    """Name an error without its addresses: a signed URL is part of some messages."""
    if isinstance(error, VenueError):
        return str(error)[:MAX_WHY]
    if isinstance(error, asyncio.TimeoutError):
        return "TimeoutError"
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(MAX_CAUSES):
        if current is None:
            return
        yield current
        current = current.__cause__
