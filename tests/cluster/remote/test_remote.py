"""Members on short-lived credentials, in the cluster and elsewhere, trade on while parts go away.

Two machines elsewhere have a network of their own and reach NATS by TLS alone: on one a member runs
as its pool's message says, on the other as one executable in a root folder that holds nothing else.
"""

import asyncio
import json
import os
import time
from contextlib import ExitStack
from typing import Any, LiteralString

import pytest
from cluster.remote import cutting, lives, members, pods, stage
from cluster.remote.lives import Lives
from cluster.remote.stage import FAR, PLACES, Stage
from fixtures import rough_crowd, venue_intents
from fixtures.rough_kills import until
from fixtures.rough_weather import LEFT_BY_NATS, PLENTY
from tools import node_executable

from ironbull_local import view
from ironbull_local.demo import proof, reach, run, setting
from ironbull_local.demo.scenario import AURORA, BOREALIS, STRATEGIES
from ironbull_local.referee import referee

# 600 for the long run.
SECONDS = float(os.environ.get("REMOTE_SECONDS") or 180)
JWT_SECONDS = 60
LEAST_PER_SECOND = 5.0
LEAST_RENEWALS = 4
AWAY_SECONDS = 15.0
# The first renewal that the operator misses is due so long after it went: it is back in time.
FIRST_MISSED = (7.0, 12.0)
MOMENT_SECONDS = 90.0
STARTED_SECONDS = 120.0
CROWD = 12
TASKS: LiteralString = """
SELECT count(*) AS tasks, count(*) FILTER (WHERE t.done_at IS NULL) AS open,
    count(DISTINCT t.account_id) AS accounts FROM task t
WHERE t.kind = 'order' AND t.created_at BETWEEN to_timestamp(%s) AND to_timestamp(%s)
"""
SERVING: LiteralString = """
SELECT tenant_id || '/' || pool || '-' || index AS member FROM member
WHERE is_wanted AND lease_until > now()
"""
BY_MEMBER: LiteralString = """
SELECT t.tenant_id || '/' || m.pool || '-' || m.index AS member, count(*) AS tasks FROM task t
JOIN member m ON m.tenant_id = t.tenant_id AND m.token = t.token
WHERE t.kind = 'order' AND t.done_at IS NOT NULL GROUP BY 1 ORDER BY 1
"""

pytestmark = [pytest.mark.node, pytest.mark.timeout(SECONDS + 900), *LEFT_BY_NATS]


class Operators:
    """The operator, which can go away and come back."""

    def __init__(self, made: Stage) -> None:
        self._desk = made.desk
        self._stack = ExitStack()

    def start(self) -> None:
        self._stack.enter_context(self._desk.operator())

    def stop(self) -> None:
        self._stack.close()


async def test_members_trade_on_through_renewals_and_are_cut_off_when_they_leave() -> None:
    if os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip("networks of their own need root")
    node_executable.build()
    async with stage.running(JWT_SECONDS) as made:
        operators = Operators(made)
        operators.start()
        try:
            await _story(made, operators)
        finally:
            operators.stop()


async def _story(made: Stage, operators: Operators) -> None:
    made.desk.kubectl("apply", "--filename=-", given=_list(made.documents))
    await _until_documents(made)
    with ExitStack() as processes:
        clients = _start(made, processes)
        async with lives.watched(clients) as seen:
            await _until_serving(made, clients)
            await _bring_people(made)
            await _trade(made, operators, seen)
            await _pause(made)
            await _judge(made)
            view.line(f"renewals: {seen.renewals}; the closest {seen.closest:.1f} s before an end")
            assert seen.ended == {}
            assert min(seen.renewals.values()) >= LEAST_RENEWALS
        far = {one.tenant: one for one in clients.values() if isinstance(one, members.Member)}
        here = f"--namespace={PLACES[AURORA]}"
        scale = ("scale", f"executionnode/{FAR}", here, "--replicas=0")
        assert await cutting.leave(made, far[AURORA], *scale) <= cutting.MOST_SECONDS
        here = f"--namespace={PLACES[BOREALIS]}"
        delete = ("delete", f"executionnode/{FAR}", here, "--wait=false")
        assert await cutting.leave(made, far[BOREALIS], *delete) <= cutting.MOST_SECONDS
        for one in far.values():
            assert await asyncio.to_thread(one.process.wait, STARTED_SECONDS) is not None


async def _trade(made: Stage, operators: Operators, seen: Lives) -> None:
    """Trade for so long, while NATS is restarted once and the operator is away across a renewal."""
    weather, began = made.weather, time.time()
    tally = await weather.until_trading()
    view.line(f"kill -9 NATS: {tally.in_flight} orders in flight")
    await weather.kill("nats")
    await _miss_a_renewal(operators, seen)
    await asyncio.sleep(max(began + SECONDS - time.time(), 0.0))
    ended = time.time()
    await weather.until_ended(STARTED_SECONDS)
    (row,) = await weather.rows(TASKS, began, ended)
    rate = row["tasks"] / (ended - began)
    view.line(
        f"{row['tasks']} order tasks of {row['accounts']} accounts in {ended - began:.0f} s:"
        f" {rate:.1f} per second, {row['open']} of them open"
    )
    assert row["open"] == 0
    assert rate >= LEAST_PER_SECOND


async def _miss_a_renewal(operators: Operators, seen: Lives) -> None:
    """Let the operator be away while clients ask for their renewal, and see them get it after."""

    async def is_the_moment() -> bool:
        first = min(seen.due().values())
        return FIRST_MISSED[0] <= first <= FIRST_MISSED[1]

    await until(is_the_moment, "a moment before a renewal", MOMENT_SECONDS)
    missed = {name: after for name, after in seen.due().items() if after < AWAY_SECONDS}
    before = seen.renewals
    operators.stop()
    away = time.monotonic()
    await asyncio.sleep(AWAY_SECONDS)
    seen.look()
    during = {name: count - before[name] for name, count in seen.renewals.items() if name in missed}
    operators.start()

    async def all_have() -> bool:
        return all(seen.renewals[name] > before[name] for name in missed)

    await until(all_have, "the renewals that were missed", JWT_SECONDS)
    told = ", ".join(f"{name} at {after:.0f} s" for name, after in missed.items())
    view.line(
        f"the operator was away for {AWAY_SECONDS:.0f} s, in which renewals were due of {told};"
        f" all were renewed {time.monotonic() - away:.1f} s after it went"
    )
    assert set(during.values()) == {0}
    assert seen.ended == {}


def _start(made: Stage, processes: ExitStack) -> dict[str, members.Member | pods.Pod]:
    """Start every engine, aurora's member in the cluster, and both members elsewhere."""
    found: dict[str, members.Member | pods.Pod] = {}
    for tenant, place in PLACES.items():
        engine = pods.running(made.desk, "deployment", "engine", place)
        found[f"{tenant}/engine"] = processes.enter_context(engine)
    main = pods.running(made.desk, "statefulset", "main-0", PLACES[AURORA])
    found[f"{AURORA}/main-0"] = processes.enter_context(main)
    for tenant, way in ((AURORA, members.by_python), (BOREALIS, members.by_executable)):
        member = processes.enter_context(way(made, tenant))
        found[f"{tenant}/{FAR}-0"] = member
    return found


def _list(documents: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})


async def _until_documents(made: Stage) -> None:
    """Wait until the operator has made all that pods and members elsewhere start from."""

    async def made_all() -> bool:
        return await asyncio.to_thread(_has_made_all, made)

    await until(made_all, "engines' documents, the member's set and every Secret", STARTED_SECONDS)


def _has_made_all(made: Stage) -> bool:
    desk = made.desk
    for tenant, place in PLACES.items():
        wanted = {"engine", f"{FAR}-0-bundle", *({"main-0"} if tenant == AURORA else ())}
        if not wanted <= desk.names("secret", place):
            return False
        if "engine" not in desk.names("deployment", place):
            return False
        documents = desk.get("configmap", "engine-documents", f"--namespace={place}")["data"]
        if not all(f"name: {name}" in str(documents) for name in STRATEGIES):
            return False
    return "main-0" in desk.names("statefulset", PLACES[AURORA])


async def _until_serving(made: Stage, clients: dict[str, members.Member | pods.Pod]) -> None:
    """Wait for every member's hello, and tell how long the executable took."""
    waiting = {name for name in clients if not name.endswith("/engine")}
    last = [one for one in clients.values() if isinstance(one, members.Member)][-1]

    async def all_serve() -> bool:
        for row in await made.weather.rows(SERVING):
            client = clients[row["member"]]
            if row["member"] in waiting and client is last:
                took = time.monotonic() - last.began
                view.line(
                    f"{row['member']}: the executable's hello came {took:.1f} s after its start"
                )
            waiting.discard(row["member"])
        return not waiting

    await until(all_serve, "every member's hello", STARTED_SECONDS)


async def _bring_people(made: Stage) -> None:
    async with made.doors() as doors:
        await setting.bring(doors, view.line)
        await rough_crowd.bring(doors, CROWD)


async def _pause(made: Stage) -> None:
    patch = '{"spec": {"desiredState": "Paused"}}'
    for place in PLACES.values():
        for name in STRATEGIES:
            words = ("patch", "strategy", name, f"--namespace={place}", "--type=merge")
            await asyncio.to_thread(made.desk.kubectl, *words, f"--patch={patch}")
    await made.weather.exchange.set_speed(run.SLOW)


async def _judge(made: Stage) -> None:
    """Let the referee compare both sides, and count intents by the venue's journal."""
    weather = made.weather
    urls, journal = weather.running.endpoints, weather.folder.root / "paper" / "journal.jsonl"
    url = reach.database_url(weather.folder, urls)
    async with reach.counter(weather.folder, urls) as counter:
        taken = await proof.take(counter, journal, url, made.desk.folder / "proof")
    checks = await asyncio.to_thread(proof.judge, taken)
    laws = [check for check in checks if check.claim not in PLENTY]
    for line in referee.lines(laws):
        view.line(f"  {line}")
    intents = venue_intents.read(referee.read_journal(taken.journal), referee.read_dump(taken.dump))
    fates = ", ".join(f"{count} {fate}" for fate, count in sorted(intents.fates().items()))
    view.line(f"intents: {fates}")
    rows = await weather.rows(BY_MEMBER)
    view.line("tasks done: " + ", ".join(f"{row['tasks']} by {row['member']}" for row in rows))
    assert [f"{check.claim}: {fault}" for check in laws for fault in check.faults] == []
    assert intents.faults() == []
    assert {f"{tenant}/{FAR}-0" for tenant in PLACES} <= {row["member"] for row in rows}
