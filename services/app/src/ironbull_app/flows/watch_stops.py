"""Close positions whose stop or target a price has crossed; once per life, equality triggers.

A stop that was crossed while nobody watched fires at the next price: what counts is on which side
of it a price is, not that it was seen to cross.
"""

from collections.abc import Iterable, Sequence

from ironbull_app.flows.closes import close_all
from ironbull_app.ports.watching import Guarded, Market, Trigger, Watching
from ironbull_core.stops import crossed
from ironbull_messages.ids import PositionId
from ironbull_messages.market import Price


async def watch_stops(prices: Sequence[Price], ports: Watching) -> int:
    """Close what these prices have crossed; return how many closes were made."""
    by_market: dict[Market, list[Price]] = {}
    for price in prices:
        by_market.setdefault((price.feed, price.symbol), []).append(price)
    async with ports.open() as store:
        guarded = await store.guarded(by_market)
    triggers = _triggers(guarded, by_market)
    return await close_all(triggers, ports)


def _triggers(
    guarded: Iterable[Guarded], by_market: dict[Market, list[Price]]
) -> dict[tuple[str, PositionId], Trigger]:
    """Return the first crossing of each position; prices before its opening say nothing."""
    found: dict[tuple[str, PositionId], Trigger] = {}
    for one in guarded:
        for price in by_market[one.market]:
            reason = crossed(one.leg, one.stop_loss, one.take_profit, price.last)
            if reason is not None and price.at >= one.opened_at:
                found[one.tenant, one.position_id] = Trigger(reason, price.as_of)
                break
    return found
