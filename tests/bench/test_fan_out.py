"""How long from one signal to the 1,000th order that the exchange has accepted? Goal: ≤ 2.5 s."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from bench.floor_fan_out import Key, place_all
from bench.instants import MS, Accepts, node_log
from bench.page import Figure, Table, judged, write
from bench.stage import WIRE, Stage, stage
from fixtures.waiting import eventually

from ironbull_messages.words import Action

GOAL_SECONDS = 2.5
ACCOUNTS = 1_000
MEMBERS = 2
CONCURRENCY = 64
"""Orders in submission at the same time, per member; the floor has as many connections as both."""
ROUNDS = 5
AT_ONCE = 16
"""Calls of the merchant API while the accounts are made."""
REST_SECONDS = 1.0
PATIENCE_SECONDS = 60.0
OURS, THEIRS = "bench-", "floor-"
_OPEN = "SELECT count(*) FROM position WHERE closed_at IS NULL"
_UNDONE = "SELECT count(*) FROM task WHERE done_at IS NULL"
_ROWS = """
SELECT s.accepted_at, b.sent_at, o.venue_order_id, t.id::text AS task,
    (SELECT min(f.booked_at) FROM fill f WHERE f.tenant_id = o.tenant_id AND f.order_id = o.id)
        AS booked_at
FROM signal s JOIN orders o ON o.tenant_id = s.tenant_id AND o.signal_id = s.id
JOIN task t ON t.tenant_id = o.tenant_id AND t.order_id = o.id
JOIN outbox b ON b.tenant_id = t.tenant_id AND b.id = t.id
WHERE s.id::text = %s
"""
HOPS = (
    "dispatcher begins its transaction",
    "task is in its stream",
    "node has journaled and acknowledged it",
    "exchange has accepted the order",
    "node has the answer",
    "node has the trades, journaled",
    "settler begins its transaction",
)


@dataclass(slots=True)
class Crowd:
    """A thousand accounts that follow, and a thousand that the floor trades."""

    stage: Stage
    accepts: Accepts
    keys: list[Key]
    ordered: dict[str, int] = field(default_factory=lambda: {OURS: 0, THEIRS: 0})
    took: dict[tuple[str, Action], list[float]] = field(default_factory=dict)
    told: dict[Action, list[tuple[str, float]]] = field(default_factory=dict)
    """Signals and when they were published."""
    cpu: dict[str, list[float]] = field(default_factory=dict)
    raw_cpu: list[float] = field(default_factory=list)
    """Of the exchange alone, while the floor opens."""

    async def follow(self, action: Action) -> None:
        """Publish one signal and wait until all accounts have followed and all is settled."""
        before, published_at = self.stage.cpu_seconds(), time.time()
        signal = self.stage.signal(action)
        await self.stage.publish(signal)
        last = await self._last(OURS)
        after = self.stage.cpu_seconds()
        if action is Action.OPEN:
            for name, seconds in after.items():
                self.cpu.setdefault(name, []).append(seconds - before[name])
        self.took.setdefault((OURS, action), []).append(last - published_at)
        self.told.setdefault(action, []).append((str(signal.id), published_at))
        held = ACCOUNTS if action is Action.OPEN else 0

        async def settled() -> bool:
            return await self.stage.count(_OPEN) == held and await self.stage.count(_UNDONE) == 0

        await eventually(settled, f"{held} positions", PATIENCE_SECONDS)
        await asyncio.sleep(REST_SECONDS)

    async def place(self, action: Action) -> None:
        """Let the floor place one order for each of its accounts."""
        before, began_at = self.stage.cpu_seconds()["paper"], time.time()
        order = {"symbol": WIRE, "type": "MARKET", "quantity": "40", "side": "BUY"}
        if action is Action.CLOSE:
            order |= {"side": "SELL", "reduceOnly": "true"}
        await place_all(self.stage.paper_url, self.keys, order, MEMBERS * CONCURRENCY)
        last = await self._last(THEIRS)
        if action is Action.OPEN:
            self.raw_cpu.append(self.stage.cpu_seconds()["paper"] - before)
        self.took.setdefault((THEIRS, action), []).append(last - began_at)
        await asyncio.sleep(REST_SECONDS)

    def forget(self) -> None:
        """Let what was done so far be a warm-up."""
        for held in (self.took, self.told, self.cpu, self.raw_cpu):
            held.clear()

    def middle(self, side: str, action: Action) -> float:
        """Return the median of the rounds, in seconds."""
        return statistics.median(self.took[side, action])

    async def _last(self, side: str) -> float:
        self.ordered[side] += ACCOUNTS
        return (await self.accepts.until(side, self.ordered[side], PATIENCE_SECONDS))[-1]


@pytest.mark.timeout(500)
async def test_a_thousand_accounts_follow_one_signal() -> None:
    async with _crowd() as crowd:
        for action in (Action.OPEN, Action.CLOSE):
            await crowd.follow(action)
            await crowd.place(action)
        cold = crowd.middle(OURS, Action.OPEN)
        crowd.forget()
        for number in range(ROUNDS):
            sides = [crowd.follow, crowd.place]
            for side in sides if number % 2 else reversed(sides):
                for action in (Action.OPEN, Action.CLOSE):
                    await side(action)
        await _write(crowd, cold)

        done = 2 * (ROUNDS + 1) * ACCOUNTS
        filled = "SELECT count(*) FROM orders WHERE state = 'filled'"
        assert await crowd.stage.count(filled) == done
        assert crowd.ordered == {OURS: done, THEIRS: done}


@asynccontextmanager
async def _crowd() -> AsyncIterator[Crowd]:
    async with stage(MEMBERS, CONCURRENCY) as made:
        turns = asyncio.Semaphore(AT_ONCE)
        keys: list[Key] = []

        async def bring(number: int) -> None:
            async with turns:
                await made.bind(number)
                told = await made.open_paper_account(f"{THEIRS}{number}")
                keys.append(Key(told["api_key"], told["secret"]))

        began = time.monotonic()
        await asyncio.gather(*(bring(number) for number in range(ACCOUNTS)))
        bound = time.monotonic() - began
        await made.until_ready(ACCOUNTS)
        print(f"{ACCOUNTS} accounts bound in {bound:.0f} s, ready {time.monotonic() - began:.0f} s")  # noqa: T201
        yield Crowd(made, Accepts.of(made), keys)


async def _write(crowd: Crowd, cold: float) -> None:
    figures = []
    for action, name in ((Action.OPEN, "opening"), (Action.CLOSE, "closing")):
        ours, floor = crowd.middle(OURS, action), crowd.middle(THEIRS, action)
        figures += [
            Figure(f"{name}: signal → 1,000th accept", judged(ours, GOAL_SECONDS, " s")),
            Figure(f"{name}: floor, first byte → 1,000th accept", f"{floor:.2f} s"),
            Figure(f"{name}: product / floor", f"{ours / floor:.2f}"),
        ]
    paper = statistics.median(crowd.cpu["paper"])
    share = paper / crowd.middle(OURS, Action.OPEN)
    figures += [
        Figure("opening, the very first: margin and leverage are set too", f"{cold:.2f} s"),
        Figure(
            "opening: the paper exchange's processor time",
            f"{paper:.2f} s, {share:.0%} of the way; the floor's {_middle(crowd.raw_cpu):.2f} s",
        ),
    ]
    spent = sorted(crowd.cpu.items(), key=lambda one: -_middle(one[1]))
    members = await crowd.stage.rows(
        "SELECT count(*) AS accounts FROM exchange_account GROUP BY member_token ORDER BY 1"
    )
    spread = " and ".join(str(row["accounts"]) for row in members)
    write(
        "fan-out",
        "One signal, a thousand accounts",
        figures,
        f"{ROUNDS} rounds after a warm-up, interleaved, medians. {ACCOUNTS} users, cards, accounts "
        "and subscriptions made over the merchant API; one pool of "
        f"{MEMBERS} members ({spread} accounts, concurrency {CONCURRENCY} each), keys granted and "
        "checked as always, balances read every 20 s meanwhile. The floor is "
        "[`tests/bench/floor_fan_out.py`](../../tests/bench/floor_fan_out.py): signed requests of "
        f"as many other accounts over {MEMBERS * CONCURRENCY} connections, and nothing kept. Each "
        f"side's orders are counted in the exchange's journal: {crowd.ordered[OURS]} and "
        f"{crowd.ordered[THEIRS]}.",
        "The members' own limiter allows for this: the paper exchange tells of 240,000 weight per "
        "minute and address and 120,000 orders per minute and account, a hundred times Binance's, "
        "and openings may use 70 % of it. Against Binance's own limits from one address the orders "
        "would leave as fast (they weigh nothing), the thousand readings of trades (weight 5 each, "
        "2,400 per minute) would take two minutes.",
        "Where the time of an opening goes, from publication, in ms (medians of the rounds):",
        Table(("until", "first", "half", "last"), await _where(crowd)),
        "Processor time from publication to the 1,000th accept of an opening:",
        Table(("process", "seconds"), [(name, f"{_middle(used):.2f}") for name, used in spent]),
    )


async def _where(crowd: Crowd) -> list[tuple[str, str, str, str]]:
    log = node_log(crowd.stage)
    rounds: list[list[tuple[float, float, float]]] = []
    for signal, published_at in crowd.told[Action.OPEN]:
        rows = await crowd.stage.rows(_ROWS, signal)
        said = [log[row["task"]] for row in rows]
        hops = (
            [row["accepted_at"].timestamp() for row in rows],
            [row["sent_at"].timestamp() for row in rows],
            [one["task.received"] for one in said],
            [crowd.accepts.at[row["venue_order_id"]] for row in rows],
            [one["order.sent"] for one in said],
            [one["task.done"] for one in said],
            [row["booked_at"].timestamp() for row in rows],
        )
        rounds.append([_spread(at, published_at) for at in hops])
    told = []
    for number, name in enumerate(HOPS):
        first, half, last = (_middle([one[number][part] for one in rounds]) for part in range(3))
        told.append((name, f"{first:.0f}", f"{half:.0f}", f"{last:.0f}"))
    return told


def _spread(at: Sequence[float], since: float) -> tuple[float, float, float]:
    first, half, last = min(at), statistics.median(at), max(at)
    return (first - since) * MS, (half - since) * MS, (last - since) * MS


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)
