"""How are the trades of many filled orders read? A few at a time: sending goes first."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import cast

from unit.node.test_life import fresh, task

from ironbull_messages.fleet import Credentials
from ironbull_messages.words import OrderState
from ironbull_node.fills import READS_AT_ONCE, Fills
from ironbull_node.life import Life, Phase
from ironbull_node.venue.port import Venue

MANY = 5 * READS_AT_ONCE


class SlowReads:
    """A venue that answers when it is told to, and counts who waits."""

    def __init__(self) -> None:
        self.asked = 0
        self.waiting = Counter[bool]()
        self.answer = asyncio.Event()

    async def own_trades(self, *_: object, closing: bool) -> tuple[()]:
        self.asked += 1
        self.waiting[closing] += 1
        await self.answer.wait()
        self.waiting[closing] -= 1
        return ()


async def keys() -> Credentials:
    return Credentials(api_key="key", api_secret="secret")


def filled(*, closing: bool = False) -> Life:
    update = {
        "task": task(closing=closing),
        "phase": Phase.COLLECTING,
        "state": OrderState.FILLED,
        "venue_order_id": "77",
        "filled": Decimal(1),
    }
    return fresh().model_copy(update=update)


async def begin(fills: Fills, life: Life) -> list[asyncio.Task[Life]]:
    """Begin many readings, so far as they come."""
    reads = [asyncio.create_task(fills.read_once(life, keys)) for _ in range(MANY)]
    for _ in range(MANY):
        await asyncio.sleep(0)
    return reads


async def test_few_trade_reads_are_under_way_at_once_and_all_are_made() -> None:
    venue = SlowReads()
    fills = Fills(cast("Venue", venue))
    reads = await begin(fills, filled())
    assert venue.waiting[False] == READS_AT_ONCE

    venue.answer.set()
    await asyncio.gather(*reads)
    assert venue.asked == MANY


async def test_the_trades_of_closes_are_read_while_those_of_many_openings_are() -> None:
    venue = SlowReads()
    fills = Fills(cast("Venue", venue))
    openings = await begin(fills, filled())

    closes = await begin(fills, filled(closing=True))

    assert venue.waiting[True] == READS_AT_ONCE
    venue.answer.set()
    await asyncio.gather(*openings, *closes)
