"""Faults and kills while orders are on their way: nothing is doubled, nothing stays open-ended."""

import gc

import pytest
from fixtures import rough_weather

INTENTS = 50
SUBMITTING = 5
TRADES_AFTERWARDS = 10


# A reconnect of nats-py whose handshake fails, as with a server that is just dying, leaves the
# stream that it opened to the collector. It runs in here, and only these streams may warn.
@pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning")
@pytest.mark.filterwarnings("ignore:unclosed transport <_SelectorSocketTransport:ResourceWarning")
@pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")
@pytest.mark.filterwarnings("ignore:loop is closed:ResourceWarning")
@pytest.mark.timeout(900)
async def test_faults_and_kills_double_nothing_and_leave_nothing_unknown() -> None:
    async with rough_weather.trading() as weather:
        await weather.begin_faults()
        await weather.kill_submitting(SUBMITTING)
        await weather.until_orders(INTENTS)
        await weather.end_faults()
        await weather.kill_each()
        await weather.until_more_trades(TRADES_AFTERWARDS)
        checks = await weather.judge()
    gc.collect()
    assert checks
    assert not [f"{check.claim}: {fault}" for check in checks for fault in check.faults]
