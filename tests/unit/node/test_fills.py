"""How are the trades of many filled orders read? A few at a time: sending goes first."""

import asyncio
from decimal import Decimal
from typing import cast

from unit.node.test_life import fresh

from ironbull_messages.fleet import Credentials
from ironbull_messages.words import OrderState
from ironbull_node.fills import READS_AT_ONCE, Fills
from ironbull_node.life import Life, Phase
from ironbull_node.venue.port import Venue

MANY = 5 * READS_AT_ONCE


class SlowReads:
    """A venue that answers when it is told to, and counts who waits."""

    def __init__(self) -> None:
        self.waiting = self.asked = 0
        self.answer = asyncio.Event()

    async def own_trades(self, *_: object) -> tuple[()]:
        self.asked += 1
        self.waiting += 1
        await self.answer.wait()
        self.waiting -= 1
        return ()


async def keys() -> Credentials:
    return Credentials(api_key="key", api_secret="secret")


def filled() -> Life:
    update = {
        "phase": Phase.COLLECTING,
        "state": OrderState.FILLED,
        "venue_order_id": "77",
        "filled": Decimal(1),
    }
    return fresh().model_copy(update=update)


async def test_few_trade_reads_are_under_way_at_once_and_all_are_made() -> None:
    venue = SlowReads()
    fills = Fills(cast("Venue", venue))
    reads = [asyncio.create_task(fills.read_once(filled(), keys)) for _ in range(MANY)]
    for _ in range(MANY):
        await asyncio.sleep(0)
    assert venue.waiting == READS_AT_ONCE

    venue.answer.set()
    await asyncio.gather(*reads)
    assert venue.asked == MANY
