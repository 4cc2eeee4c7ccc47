"""Faults and kills while orders are on their way: nothing is doubled, nothing stays open-ended."""

import gc

import pytest
from fixtures import rough_weather, storms

INTENTS = 50
SUBMITTING = 5
TRADES_AFTERWARDS = 10

pytestmark = rough_weather.LEFT_BY_NATS


@pytest.mark.timeout(900)
async def test_faults_and_kills_double_nothing_and_leave_nothing_unknown() -> None:
    async with rough_weather.trading() as weather:
        async with storms.recharging(weather) as recharges:
            await weather.begin_faults()
            await weather.kill_submitting(SUBMITTING)
            await weather.until_orders(INTENTS)
            await weather.end_faults()
            await weather.kill_each()
            await weather.until_more_trades(TRADES_AFTERWARDS)
        checks = [*await weather.judge(), await recharges.judge(weather)]
        assert weather.judged_intents().faults() == []
        assert checks
        assert [f"{check.claim}: {fault}" for check in checks for fault in check.faults] == []
    gc.collect()  # what nats-py left is collected in here, where it may warn
