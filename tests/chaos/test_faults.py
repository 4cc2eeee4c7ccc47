"""Five hundred signals' orders through a venue that loses, cuts and breaks answers."""

import time

import pytest
from chaos.conftest import Fired
from fixtures import rough_weather
from fixtures.rough_weather import Weather

from ironbull_local import view
from ironbull_local.up import Options

INTENTS = 500
KILLS = 5
CROWD = 18
SUBMITTING = 5
LEAST_FIRED = 20
LEAST_ACCEPTED_PERCENT = 90.0
EXPIRY_SECONDS = 60.0
"""How long an opening is valid at most; every signature is over long before."""
TRADING_SECONDS = 480.0
TOLD_SECONDS = 5.0

pytestmark = rough_weather.LEFT_BY_NATS


@pytest.mark.timeout(900)
async def test_a_venue_that_fails_and_a_killed_node_double_nothing_and_lose_nothing(
    options: Options, fired: Fired
) -> None:
    async with rough_weather.trading(options, CROWD) as weather:
        await weather.begin_faults()
        for turn in range(1, KILLS + 1):
            await weather.kill_submitting(SUBMITTING)
            await _until_traded(weather, INTENTS * turn // KILLS)
        struck = await _until_all_struck(weather)
        await weather.end_faults()
        began = time.monotonic()
        await weather.until_ended(EXPIRY_SECONDS)
        view.line(f"everything under way ended {time.monotonic() - began:.1f} s after the faults")
        checks = await weather.judge()
        intents = weather.judged_intents()
        for name, times in struck.items():
            fired(name, times)
        fired(f"kill -9 of a node with ≥ {SUBMITTING} in submitting", KILLS)
        for fate, count in sorted(intents.fates().items()):
            fired(f"intents by {fate}", count)
        assert len(intents.by_signal) >= INTENTS
        assert intents.faults() == []
        assert intents.accepted_percent >= LEAST_ACCEPTED_PERCENT
        assert checks
        assert [f"{check.claim}: {fault}" for check in checks for fault in check.faults] == []


async def _until_traded(weather: Weather, count: int) -> None:
    """Wait until so many signals' orders have been sent to a node."""
    told_at = 0.0

    async def look() -> bool:
        nonlocal told_at
        seen = await weather.intents()
        if time.monotonic() >= told_at + TOLD_SECONDS:
            told_at = time.monotonic()
            view.line(f"{seen} of {INTENTS} intents")
        return seen >= count

    await rough_weather.until(look, f"{count} intents", TRADING_SECONDS)


async def _until_all_struck(weather: Weather) -> dict[str, int]:
    """Trade on until every fault struck often enough to have proved something."""
    struck: dict[str, int] = {}

    async def look() -> bool:
        struck.update(await weather.exchange.fired())
        return min(struck.values()) >= LEAST_FIRED

    await rough_weather.until(look, f"each fault {LEAST_FIRED} times", TRADING_SECONDS)
    return struck
