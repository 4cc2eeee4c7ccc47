"""Each part is killed while orders are on their way and positions are open; the proof holds."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import LiteralString

import pytest
from chaos.conftest import Fired
from fixtures import rough_weather
from fixtures.rough_weather import PROCESSES, SPEED, Weather

from ironbull_core.stops import crossed
from ironbull_local import view
from ironbull_local.referee.referee import venue_symbol
from ironbull_local.up import Options
from ironbull_messages.words import CloseReason, Leg

TRADES_AFTERWARDS = 10
AFTERWARDS_SECONDS = 60.0
AWAY_SECONDS = 60.0
PLACES = 3
"""Markets and legs with a stop before the watch goes away: one of them will be crossed."""
FAST, STILL = "7200", "0"

pytestmark = rough_weather.LEFT_BY_NATS

GUARDED: LiteralString = """
SELECT p.id::text, p.symbol, p.leg, p.stop_loss FROM position p
WHERE p.closed_at IS NULL AND p.stop_loss IS NOT NULL AND NOT EXISTS (
    SELECT FROM orders o WHERE o.tenant_id = p.tenant_id AND o.account_id = p.account_id
        AND o.symbol = p.symbol AND o.action IN ('CLOSE', 'REDUCE') AND o.state NOT IN
        ('filled', 'cancelled', 'rejected', 'expired', 'denied', 'not_sent'))
"""
STOPPED: LiteralString = """
SELECT id::text FROM position WHERE id = ANY(%s::uuid[]) AND close_reason = 'STOP_LOSS'
    AND closed_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A position that nobody is closing, and where its stop lies."""

    position_id: str
    market: str
    leg: Leg
    stop_loss: Decimal

    def is_beyond(self, prices: dict[str, Decimal]) -> bool:
        """Say whether the market has crossed the stop."""
        price = prices[self.market]
        return crossed(self.leg, self.stop_loss, None, price) is CloseReason.STOP_LOSS


@pytest.mark.timeout(900)
async def test_each_process_killed_in_turn_loses_nothing(options: Options, fired: Fired) -> None:
    async with rough_weather.trading(options) as weather:
        for name in PROCESSES:
            await weather.kill_trading(weather.members[0] if name == "node" else name)
            fired(f"kill -9 {name}: {TRADES_AFTERWARDS} trades closed after", await _trade(weather))
        view.line("next, all that JetStream keeps is lost with it")
        await weather.kill_trading("nats", weather.wipe_streams)
        fired("JetStream wiped: as many after", await _trade(weather))
        await _prove(weather, fired)


@pytest.mark.timeout(600)
async def test_a_stop_crossed_while_nobody_watches_fires_afterwards(
    options: Options, fired: Fired
) -> None:
    async with rough_weather.trading(options) as weather:
        await _until_guarded(weather)
        seen = await weather.until_trading()
        view.line(f"kill -9 centre: {seen.in_flight} in flight, {seen.open} open")
        async with weather.away("centre"):
            beyond = await _until_crossed(weather)
        stopped = await _until_stopped(weather, beyond)
        await weather.exchange.set_speed(SPEED)
        fired("stops crossed while the centre was away", len(beyond))
        fired("of them fired afterwards", stopped)
        fired(f"{TRADES_AFTERWARDS} trades closed after", await _trade(weather))
        await _prove(weather, fired)


async def _trade(weather: Weather) -> str:
    """Demand more closed trades, and return how long they took."""
    began = time.monotonic()
    await weather.until_more_trades(TRADES_AFTERWARDS, AFTERWARDS_SECONDS)
    return f"{time.monotonic() - began:.1f} s"


async def _guarded(weather: Weather) -> list[Guarded]:
    rows = await weather.rows(GUARDED)
    return [
        Guarded(row["id"], venue_symbol(row["symbol"]), Leg(row["leg"]), row["stop_loss"])
        for row in rows
    ]


async def _until_guarded(weather: Weather) -> None:
    """Wait until stops lie in several markets and on both sides."""

    async def look() -> bool:
        return len({(one.market, one.leg) for one in await _guarded(weather)}) >= PLACES

    await rough_weather.until(look, f"stops in {PLACES} places")


async def _until_crossed(weather: Weather) -> list[str]:
    """Hurry the market beyond stops that were asleep when the watch was gone, and hold it there."""
    before = await weather.exchange.prices()
    asleep = [one for one in await _guarded(weather) if not one.is_beyond(before)]
    view.line(f"{len(asleep)} stops are asleep, nobody watches")
    found: list[str] = []

    async def look() -> bool:
        prices = await weather.exchange.prices()
        if not any(one.is_beyond(prices) for one in asleep):
            return False
        await weather.exchange.set_speed(STILL)  # it ran on meanwhile: only now is it held
        prices = await weather.exchange.prices()
        found[:] = [one.position_id for one in asleep if one.is_beyond(prices)]
        if not found:
            await weather.exchange.set_speed(FAST)
        return bool(found)

    await weather.exchange.set_speed(FAST)
    await rough_weather.until(look, "a crossed stop", AWAY_SECONDS)
    view.line(f"{len(found)} stops crossed")
    return found


async def _until_stopped(weather: Weather, positions: list[str]) -> int:
    """Wait until one of these positions was closed by its stop."""
    found: list[str] = []

    async def look() -> bool:
        found[:] = [row["id"] for row in await weather.rows(STOPPED, positions)]
        return bool(found)

    await rough_weather.until(look, "a stop that fires afterwards", AFTERWARDS_SECONDS)
    return len(found)


async def _prove(weather: Weather, fired: Fired) -> None:
    checks = await weather.judge()
    intents = weather.judged_intents()
    for fate, count in sorted(intents.fates().items()):
        fired(f"intents by {fate}", count)
    assert intents.faults() == []
    assert checks
    assert [f"{check.claim}: {fault}" for check in checks for fault in check.faults] == []
