"""How long from a published signal to the committed ledger, against the raw chain? Goal: ≤ 2.0."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import nats
import pytest
from bench import hops
from bench.bells import OUTBOX, SETTLED, Bells, hung
from bench.floor_chain import Floor, open_floor
from bench.hops import Sample
from bench.page import Figure, Table, judged, write
from bench.stage import WIRE, Stage, stage

from ironbull_local.database import Role
from ironbull_messages.words import Action

GOAL = 2.0
ROUNDS = 7
PAIRS = 10
WARM_UP_PAIRS = 5
REST_SECONDS = 0.1
"""Between two signals: acknowledgements and confirmations of the last one come to their end."""
SETTLED_SECONDS = 20.0
MS = 1000.0
_OPENED = "SELECT count(*) FROM position WHERE closed_at IS NULL"
_WHY = """
SELECT s.refusal, s.numbers, r.code, r.numbers AS by_account, o.state, o.reason
FROM signal s LEFT JOIN signal_refusal r ON r.signal_id = s.id
LEFT JOIN orders o ON o.signal_id = s.id WHERE s.id::text = %s
"""
_COUNTS = """
SELECT (SELECT count(*) FROM signal) AS signals, (SELECT count(*) FROM orders) AS orders,
    (SELECT count(*) FROM task) AS tasks, (SELECT count(*) FROM fill) AS fills,
    (SELECT count(*) FROM trade) AS trades, (SELECT count(*) FROM trade WHERE charge > 0) AS
    charged, (SELECT count(*) FROM commission) AS commissions,
    (SELECT count(*) FROM txn) AS txns, (SELECT count(*) FROM entry) AS entries,
    (SELECT count(*) FROM outbox WHERE stream = 'EVENTS') AS events
"""
ACCEPTED_ROWS = 5
"""Inbox, signal, order, task, outbox."""
SETTLED_ROWS = 4
"""Inbox, order, task, position."""


@dataclass(slots=True)
class Chains:
    """Both ways of a signal, side by side."""

    stage: Stage
    floor: Floor
    bells: Bells
    samples: list[Sample] = field(default_factory=list)
    product: dict[Action, list[float]] = field(default_factory=dict)
    raw: dict[Action, list[float]] = field(default_factory=dict)
    raw_all: dict[Action, list[float]] = field(default_factory=dict)
    """Every one of the floor's, in ms; the others are medians of rounds."""
    venue: dict[Action, list[float]] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    closed_rows: int = 0
    """What a close writes beyond an opening: trade, transactions, entries, balances, commissions,
    events; as many as the product's did in the middle."""

    async def product_round(self, pairs: int) -> None:
        """Let the product carry out so many openings and their closes."""
        before = self.stage.cpu_seconds()
        samples = [
            await self._product_once(action)
            for _ in range(pairs)
            for action in (Action.OPEN, Action.CLOSE)
        ]
        self.samples += samples
        for name, seconds in self.stage.cpu_seconds().items():
            self.cpu[name] = self.cpu.get(name, 0.0) + seconds - before[name]
        for action in (Action.OPEN, Action.CLOSE):
            took = [one.milliseconds for one in samples if one.action is action]
            self.product.setdefault(action, []).append(statistics.median(took))

    async def raw_round(self, pairs: int) -> None:
        """Let the floor do the same."""
        took: dict[Action, list[float]] = {Action.OPEN: [], Action.CLOSE: []}
        venue: dict[Action, list[float]] = {Action.OPEN: [], Action.CLOSE: []}
        for _ in range(pairs):
            for action, extra in ((Action.OPEN, 0), (Action.CLOSE, self.closed_rows)):
                began = time.perf_counter()
                await self.floor.once(
                    _order(action),
                    accepted_rows=ACCEPTED_ROWS,
                    settled_rows=SETTLED_ROWS + extra,
                )
                took[action].append((time.perf_counter() - began) * MS)
                venue[action].append(self.floor.venue_seconds * MS)
                await asyncio.sleep(REST_SECONDS)
        for action, all_of in took.items():
            self.raw.setdefault(action, []).append(statistics.median(all_of))
            self.raw_all.setdefault(action, []).extend(all_of)
            self.venue.setdefault(action, []).append(statistics.median(venue[action]))

    async def learn_rows(self) -> None:
        """Count what the product's closes have written so far, for the floor to write as much."""
        (told,) = await self.stage.rows(_COUNTS)
        written = ("trades", "txns", "commissions", "events")
        rows = sum(told[name] for name in written) + 2 * told["entries"]
        self.closed_rows = round(rows / told["trades"])

    def forget(self) -> None:
        """Let what was done so far be a warm-up."""
        self.samples.clear()
        self.cpu.clear()
        for held in (self.product, self.raw, self.raw_all, self.venue):
            held.clear()

    async def _product_once(self, action: Action) -> Sample:
        self.bells.forget()
        signal = self.stage.signal(action)
        published_at = time.time()
        await self.stage.publish(signal)
        stored_at = time.time()
        try:
            settled_at = await self.bells.first(SETTLED, published_at, SETTLED_SECONDS)
        except TimeoutError:
            told = await self.stage.rows(_WHY, str(signal.id))
            raise AssertionError(f"{action} was not settled: {told}") from None
        committed_at = await self.bells.first(OUTBOX, published_at, SETTLED_SECONDS)
        expected = 1 if action is Action.OPEN else 0
        assert await self.stage.count(_OPENED) == expected
        await asyncio.sleep(REST_SECONDS)
        return Sample(str(signal.id), action, published_at, stored_at, committed_at, settled_at)


@pytest.mark.timeout(400)
async def test_a_signal_is_settled_as_fast_as_twice_the_raw_chain() -> None:
    async with _chains() as chains:
        await chains.product_round(WARM_UP_PAIRS)
        await chains.learn_rows()
        await chains.raw_round(WARM_UP_PAIRS)
        chains.forget()
        for number in range(ROUNDS):
            sides = [chains.product_round, chains.raw_round]
            for side in sides if number % 2 else reversed(sides):
                await side(PAIRS)
        await _write(chains)

        (told,) = await chains.stage.rows(_COUNTS)
        done = ROUNDS * PAIRS + WARM_UP_PAIRS
        assert (told["signals"], told["orders"], told["trades"]) == (2 * done, 2 * done, done)
        written = await chains.floor.rows("accepted")
        assert written == 2 * done * ACCEPTED_ROWS


@asynccontextmanager
async def _chains() -> AsyncIterator[Chains]:
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(stage())
        await made.bind(1)
        await made.until_ready(1)
        keys = await made.open_paper_account("floor-1")
        centre = made.folder.keys / "nats" / "centre-user.creds"
        client = await nats.connect(made.running.endpoints["nats"], user_credentials=str(centre))
        stack.push_async_callback(client.close)
        owner = made.url(Role.OWNER)
        floor = await open_floor(
            client.jetstream(), owner, made.folder.root / "floor.sqlite", made.paper_url, keys
        )
        stack.push_async_callback(floor.close)
        bells = await stack.enter_async_context(hung(made))
        yield Chains(made, floor, bells)


def _order(action: Action) -> dict[str, str]:
    order = {"symbol": WIRE, "type": "MARKET", "quantity": "40"}
    if action is Action.OPEN:
        return order | {"side": "BUY"}
    return order | {"side": "SELL", "reduceOnly": "true"}


async def _write(chains: Chains) -> None:
    figures = []
    for action, name in ((Action.OPEN, "opening"), (Action.CLOSE, "closing")):
        product, raw = chains.product[action], chains.raw[action]
        ratio = statistics.median(p / r for p, r in zip(product, raw, strict=True))
        figures += [
            Figure(f"{name}: product, p50", f"{statistics.median(product):.1f} ms"),
            Figure(f"{name}: raw chain, p50", f"{statistics.median(raw):.1f} ms"),
            Figure(f"{name}: product / raw chain", judged(ratio, GOAL)),
            Figure(
                f"{name}: of the raw chain, the paper exchange's two calls",
                f"{statistics.median(chains.venue[action]):.1f} ms",
            ),
            Figure(
                f"{name}: p95 of product and raw chain",
                f"{hops.p95(_took(chains, action)):.1f} ms and "
                f"{hops.p95(chains.raw_all[action]):.1f} ms",
            ),
        ]
    settings = await chains.stage.rows(
        "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit"
    )
    signals = len(chains.samples)
    (told,) = await chains.stage.rows(_COUNTS)
    floor_rows = await chains.floor.rows("accepted") + await chains.floor.rows("settled")
    js = chains.floor.js
    where = await hops.rows(chains.stage, js, chains.samples)
    cpu = sorted(chains.cpu.items(), key=lambda one: -one[1])
    write(
        "chain",
        "A signal settled, against the raw chain",
        figures,
        f"{ROUNDS} rounds of {PAIRS} openings and closes on each side, interleaved; the median of "
        "the rounds' medians, and of their ratios. From the publication of a signal to the commit "
        "of its trades (and, for a close, of trade, charge, commissions, ledger), heard by "
        "`NOTIFY`. The floor is [`tests/bench/floor_chain.py`](../../tests/bench/floor_chain.py): "
        "one program, the same servers, an account of its own, the same calls of ccxt.",
        f"Equal for both: PostgreSQL fsync {settings[0]['fsync']}, synchronous_commit "
        f"{settings[0]['commit']}; JetStream sync_interval always; SQLite WAL, synchronous FULL; "
        "the exchange's journal is on disk before it answers. Counted afterwards: "
        + ", ".join(f"{value} {name}" for name, value in told.items())
        + f"; the floor's {floor_rows} rows ({ACCEPTED_ROWS} per acceptance, {SETTLED_ROWS} and "
        f"the trades per settlement, {chains.closed_rows} more per close, as the product's).",
        "Where the product's time goes, each hop since the one before, in ms:",
        Table(("until", "opening p50", "p95", "closing p50", "p95"), where),
        "Processor per signal, product rounds only (what runs beside a signal is in it):",
        Table(
            ("process", "ms"),
            [(name, f"{seconds * MS / signals:.1f}") for name, seconds in cpu],
        ),
    )


def _took(chains: Chains, action: Action) -> list[float]:
    return [one.milliseconds for one in chains.samples if one.action is action]
