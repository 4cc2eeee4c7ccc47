"""The demo's proof and the count of intents, on what the pods' database and exchange hold."""

import asyncio
from pathlib import Path

from cluster.story import scenery
from cluster.story.stage import say
from cluster.story.telling import Story
from fixtures import venue_intents
from fixtures.rough_weather import PLENTY

from ironbull_local.demo import proof, run
from ironbull_local.referee import referee


async def prove(story: Story, place: Path) -> None:
    """Pause the strategies, wait for rest, and let the referee compare both sides."""
    scenery.set_states(story.stage.kubectl, "Paused")
    await story.exchange.end_faults()
    await story.exchange.set_speed(run.SLOW)
    async with story.rows.counter() as counter:
        taken = await proof.take(counter, story.journal, story.rows.url, place)
    checks = await asyncio.to_thread(proof.judge, taken)
    laws = [check for check in checks if check.claim not in PLENTY]
    for line in referee.lines(laws):
        say(f"  {line}")
    intents = venue_intents.read(referee.read_journal(taken.journal), referee.read_dump(taken.dump))
    for fate, count in sorted(intents.fates().items()):
        say(f"  intents by {fate}: {count}")
    assert [f"{check.claim}: {fault}" for check in laws for fault in check.faults] == []
    assert intents.faults() == []
    assert len(intents.by_signal) > 0
