"""Faults and kills while orders are on their way: nothing is doubled, nothing stays open-ended."""

import pytest
from fixtures import rough_weather
from fixtures.rough_weather import Weather

INTENTS = 50
SUBMITTING = 5
TRADES_AFTERWARDS = 10
PROCESSES = ("centre", "api", "engine/aurora", "node", "postgres", "nats", "paper")


@pytest.mark.timeout(900)
async def test_faults_and_kills_double_nothing_and_leave_nothing_unknown() -> None:
    async with rough_weather.trading() as weather:
        await weather.begin_faults()
        await weather.kill_submitting(SUBMITTING)
        await weather.until_tally(f"{INTENTS} orders", lambda seen: seen.orders >= INTENTS)
        await weather.end_faults()
        await kill_each(weather)
        closed = (await weather.tally()).closed
        wanted = closed + TRADES_AFTERWARDS
        await weather.until_tally(f"{wanted} trades", lambda seen: seen.closed >= wanted)
        checks = await weather.judge()
    assert len(checks) > len(PROCESSES)
    assert not [f"{check.claim}: {fault}" for check in checks for fault in check.faults]


async def kill_each(weather: Weather) -> None:
    for name in PROCESSES:
        await weather.kill_trading(weather.members[0] if name == "node" else name)
