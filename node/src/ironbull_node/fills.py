"""Which trades made an order's fill? The venue's own, read until they sum to its quantity."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from ironbull_messages.fleet import Credentials
from ironbull_node import life as lives
from ironbull_node.life import Life
from ironbull_node.venue.port import Venue, VenueError

PAUSES: Final = (0.0, 0.1, 0.3, 0.7, 1.0, 1.0, 2.0, 3.0, 5.0, 5.0, 10.0, 10.0)
SLOW_PAUSE_SECONDS: Final = 30.0
MAX_READS: Final = 200
TELL_AFTER: Final = 2
"""What is known is told after so many reads that left trades missing."""
READS_AT_ONCE: Final = 8
"""Of a lane. Few, so that a crowd of orders is sent before the trades of the first are read."""

Keys = Callable[[], Awaitable[Credentials | None]]
Tell = Callable[[Life], Awaitable[Life]]

_log = structlog.get_logger()


class Fills:
    """Read the trades of filled orders."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._opening = asyncio.Semaphore(READS_AT_ONCE)
        self._closing = asyncio.Semaphore(READS_AT_ONCE)

    async def collect(self, life: Life, keys: Keys, tell: Tell) -> Life:
        """Return the life with all trades, or with those that `MAX_READS` found."""
        for number in range(MAX_READS):
            if not life.missing:
                return life
            pause = PAUSES[number] if number < len(PAUSES) else SLOW_PAUSE_SECONDS
            await asyncio.sleep(pause)
            life = await self.read_once(life, keys)
            if not life.missing:
                return life
            if number + 1 == TELL_AFTER:
                life = await tell(life)
            if number + 1 == len(PAUSES):
                _log.warning("trades.missing", task=str(life.task.task_id), reads=number + 1)
                life = await tell(life)
        _log.error("trades.given_up", task=str(life.task.task_id), reads=MAX_READS)
        return life

    async def read_once(self, life: Life, keys: Keys) -> Life:
        """Return the life with the trades that the venue tells now."""
        held, order_id = await keys(), life.venue_order_id
        if held is None or order_id is None:
            return life
        symbol, closing = life.task.symbol, life.is_closing
        try:
            async with self._closing if closing else self._opening:
                trades = await self._venue.own_trades(held, symbol, order_id, closing=closing)
        except VenueError as error:
            _log.info("trades.unanswered", task=str(life.task.task_id), why=str(error))
            return life
        return lives.add_trades(life, trades)
