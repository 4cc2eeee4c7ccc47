"""When does another replica take over, and what does a silent apiserver do to it?"""

import asyncio
import signal
from dataclasses import dataclass
from time import perf_counter

from bench.operator import changes, mix
from bench.operator.stage import Stage, until

AWAY_SECONDS = 60.0 if mix.scale() >= 1 else 15.0
SETTLE_SECONDS = 10.0 if mix.scale() >= 1 else 3.0
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Silence:
    """What came of a silent apiserver.

    Args:
        told: seconds from its return to a change that is told.
        lives: whether the standby went on.
        code: with which the leader ended; None: it leads on.
    """

    told: float
    lives: bool
    code: int | None


async def follow(scene: Stage, how: signal.Signals) -> float:
    """End the leader; return after how many seconds the other one tells of a change."""
    async with scene.operator("one") as leader:
        await scene.until_looked("one")
        async with scene.operator("two"):
            await asyncio.sleep(SETTLE_SECONDS)
            thing = (await scene.all_of("strategies"))[0]
            leader.send_signal(how)
            began = perf_counter()
            await until(lambda: leader.poll() is not None, PATIENCE_SECONDS, "the leader's end")
            wanted = await changes.change(scene, thing, 30_000 + how)
            return await scene.told.until(*wanted, PATIENCE_SECONDS) - began


async def silence(scene: Stage) -> Silence:
    """Let the apiserver say nothing for a while."""
    async with scene.operator("one") as leader:
        await scene.until_looked("one")
        async with scene.operator("two") as standby:
            await asyncio.sleep(SETTLE_SECONDS)
            server = scene.api_server()
            server.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(AWAY_SECONDS)
            finally:
                server.send_signal(signal.SIGCONT)
            back = perf_counter()
            thing = (await scene.all_of("strategies"))[0]
            wanted = await changes.change(scene, thing, 20_000)
            told = await scene.told.until(*wanted, PATIENCE_SECONDS)
            return Silence(told - back, standby.poll() is None, leader.poll())
