"""Where does a signal's time go? From instants that the product writes anyway; nothing is added.

Rows of PostgreSQL, the outbox, the node's log, the exchange's journal, the stream of results, and
the bells that the benchmark hears: all of one machine's clock.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bench.instants import MS, Accepts, node_log
from bench.stage import Stage
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext

from ironbull_messages import subjects
from ironbull_messages.words import Action

NAMES = (
    "signal is in its stream",
    "dispatcher begins its transaction",
    "orders, task, outbox committed",
    "task is in its stream",
    "node has journaled and acknowledged it",
    "exchange has accepted the order",
    "node has the answer",
    "node has the trades, journaled",
    "result is in its stream",
    "settler begins its transaction",
    "settled: ledger committed",
)
STREAM_SECONDS = 2.0
_ROWS = """
SELECT s.id::text AS id, s.accepted_at, b.sent_at, o.venue_order_id, t.id::text AS task,
    (SELECT min(f.booked_at) FROM fill f WHERE f.tenant_id = o.tenant_id AND f.order_id = o.id)
        AS booked_at
FROM signal s JOIN orders o ON o.tenant_id = s.tenant_id AND o.signal_id = s.id
JOIN task t ON t.tenant_id = o.tenant_id AND t.order_id = o.id
JOIN outbox b ON b.tenant_id = t.tenant_id AND b.id = t.id
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One signal on its way, in seconds of the machine's clock."""

    signal: str
    action: Action
    published_at: float
    stored_at: float
    committed_at: float
    """When the commit of its order was heard."""
    settled_at: float
    """When the commit of its trades was heard."""

    @property
    def milliseconds(self) -> float:
        """From publication to settled."""
        return (self.settled_at - self.published_at) * MS


async def rows(
    stage: Stage, js: JetStreamContext, samples: Sequence[Sample]
) -> list[tuple[str, ...]]:
    """Return for each hop how long it took, opening p50 and p95, closing p50 and p95, in ms."""
    ways = await _ways(stage, js, samples)
    table = []
    for number, name in enumerate(NAMES, start=1):
        row = [name]
        for action in (Action.OPEN, Action.CLOSE):
            took = [(way[number] - way[number - 1]) * MS for way in ways[action]]
            row += [f"{statistics.median(took):.1f}", f"{p95(took):.1f}"]
        table.append(tuple(row))
    return table


def p95(values: Sequence[float]) -> float:
    """Return what 95 of 100 stay below."""
    return statistics.quantiles(values, n=20)[-1]


async def _ways(
    stage: Stage, js: JetStreamContext, samples: Sequence[Sample]
) -> dict[Action, list[list[float]]]:
    stored = {row["id"]: row for row in await stage.rows(_ROWS)}
    said, accepts = node_log(stage), Accepts.of(stage)
    accepts.read_on()
    told = await _results(js)
    ways: dict[Action, list[list[float]]] = {Action.OPEN: [], Action.CLOSE: []}
    for one in samples:
        row = stored[one.signal]
        log = said[row["task"]]
        ways[one.action].append(
            [
                *(one.published_at, one.stored_at, row["accepted_at"].timestamp()),
                *(one.committed_at, row["sent_at"].timestamp(), log["task.received"]),
                *(accepts.at[row["venue_order_id"]], log["order.sent"], log["task.done"]),
                *(told[row["task"]], row["booked_at"].timestamp(), one.settled_at),
            ]
        )
    return ways


async def _results(js: JetStreamContext) -> dict[str, float]:
    """Return when the last result of each task was stored."""
    reader = await js.subscribe(subjects.ANY_RESULT, ordered_consumer=True)
    found: dict[str, float] = {}
    try:
        while True:
            message = await reader.next_msg(timeout=STREAM_SECONDS)
            found[json.loads(message.data)["task_id"]] = message.metadata.timestamp.timestamp()
    except NatsTimeoutError:
        await reader.unsubscribe()
    return found
