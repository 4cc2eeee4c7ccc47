"""Kill a part while the venue has accepted an order whose result is not in the database yet."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import LiteralString

from cluster import processes
from cluster.kubectl import eventually
from cluster.places import FIRST
from cluster.story import pods
from cluster.story.stage import SYSTEM, say
from cluster.story.telling import Story

from ironbull_local.demo.scenario import AURORA
from ironbull_local.referee.referee import ATTEMPTS, client_order_id

MEMBER = (f"ironbull-{AURORA}", "main-0-0")
# The answer takes ANSWER_SECONDS more to leave the exchange; so long after, it has not left.
FRESH_MS = 700
TAIL_BYTES = 200_000
WINDOW_SECONDS = 60.0
AGAIN_SECONDS = 120.0
TRADES_AFTERWARDS = 3
POLL_SECONDS = 0.05

OPEN_TASKS: LiteralString = """
SELECT t.id::text, t.tenant_id, m.pool, m.index FROM task t
JOIN member m ON m.tenant_id = t.tenant_id AND m.token = t.token
WHERE t.kind = 'order' AND t.done_at IS NULL
"""
STILL_OPEN: LiteralString = """
SELECT id::text FROM task WHERE id = ANY(%s::uuid[]) AND done_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Victim:
    """What is killed: a program of the node, or the process of a pod."""

    name: str
    is_member: bool = False

    def pid(self, story: Story) -> int:
        """Return its process as this machine numbers it."""
        if self.name in processes.programs(FIRST):
            return processes.programs(FIRST)[self.name]
        namespace, name = MEMBER if self.is_member else (SYSTEM, _pod(story, self.name))
        found = story.stage.kubectl.get("pod", name, f"--namespace={namespace}")
        return processes.main_of_pod(found["metadata"]["uid"])


async def kill(story: Story, victim: Victim, meanwhile: Callable[[], None] | None = None) -> None:
    """Kill with -9 within the window, wait until all is ready again, and see it trade.

    Args:
        meanwhile: what is done while the process stands still, just before it dies.
    """
    before = pods.lives(story.stage.kubectl)
    pid = victim.pid(story)
    tasks = await _accepted_and_unbooked(story, of_member=victim.is_member)
    if meanwhile is not None:
        os.kill(pid, signal.SIGSTOP)
        meanwhile()
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    say(f"  kill -9 {victim.name}: {len(tasks)} orders accepted, their results not booked")
    if victim.name != "postgres":
        assert await story.rows.ask(STILL_OPEN, tasks), "the results were booked before the kill"
    await asyncio.to_thread(_until_again, story, victim, pid)
    say(f"  all ready again after {time.monotonic() - began:.1f} s")
    again = await story.rows.until("a database that answers", lambda _: True)
    wanted = again.closed + TRADES_AFTERWARDS
    await story.rows.until("trades", lambda seen: seen.closed >= wanted)
    await story.rows.until("an end of what was open", lambda seen: seen.unknown == 0)
    _only(victim, pods.changed(before, pods.lives(story.stage.kubectl)))


def lose_journal(story: Story) -> None:
    """Take the member's journal away, as a volume that is lost."""
    namespace, pod = MEMBER
    files = list(story.stage.volume(f"journal-{pod}", namespace).glob("journal*"))
    assert files, "the member has no journal"
    for file in files:
        file.unlink()


async def _accepted_and_unbooked(story: Story, *, of_member: bool) -> list[str]:
    """Wait for orders that the exchange has just accepted, and whose answer it still holds."""
    deadline = time.monotonic() + WINDOW_SECONDS
    while time.monotonic() < deadline:
        fresh = _fresh(story)
        found = [
            row["id"]
            for row in (await story.rows.ask(OPEN_TASKS) if fresh else [])
            if not of_member or (row["tenant_id"], row["pool"], row["index"]) == (AURORA, "main", 0)
            if fresh.intersection(client_order_id(row["id"], n + 1) for n in range(ATTEMPTS))
        ]
        if found:
            return found
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"within {WINDOW_SECONDS:.0f} s no order was accepted and not yet booked")


def _fresh(story: Story) -> set[str]:
    """Return the client ids of the orders that the exchange accepted a moment ago."""
    since = time.time() * 1000 - FRESH_MS
    with story.journal.open("rb") as journal:
        journal.seek(max(0, story.journal.stat().st_size - TAIL_BYTES))
        lines = journal.read().split(b"\n")[1:-1]
    rows = [json.loads(line) for line in lines]
    return {row["client_id"] for row in rows if row["kind"] == "order" and row["at"] >= since}


def _until_again(story: Story, victim: Victim, pid: int) -> None:
    """Wait for the successor, and until every pod of ours is ready."""

    def is_anew() -> bool:
        return victim.pid(story) != pid

    def settled() -> bool:
        try:
            return is_anew() and pods.all_ready(story.stage.kubectl)
        except LookupError:
            return False

    eventually(settled, AGAIN_SECONDS)


def _only(victim: Victim, anew: set[str]) -> None:
    """Demand that nobody else was started anew."""
    namespace, pod = MEMBER
    others = {
        name
        for name in anew
        if name != f"{namespace}/{pod}" or not victim.is_member
        if f"{SYSTEM}/ironbull-{victim.name}-" not in name
    }
    assert not others, f"started anew with {victim.name}: {sorted(others)}"


def _pod(story: Story, component: str) -> str:
    chosen = f"--selector=app.kubernetes.io/component={component}"
    found = story.stage.kubectl.get("pods", f"--namespace={SYSTEM}", chosen)["items"]
    (name,) = (one["metadata"]["name"] for one in found)
    return str(name)
