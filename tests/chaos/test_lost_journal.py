"""A member that lost its journal looks before it sends, however the tasks come again."""

from typing import Any, LiteralString

import pytest
from chaos.conftest import Fired
from fixtures import rough_members, rough_weather
from fixtures.rough_weather import Weather

from ironbull_kit import bus
from ironbull_local import view
from ironbull_local.up import Options
from ironbull_messages import subjects

LEAST_FILLED = 20

pytestmark = rough_weather.LEFT_BY_NATS

FILLED: LiteralString = """
SELECT t.id::text, t.done_at FROM task t
JOIN orders o ON o.tenant_id = t.tenant_id AND o.id = t.order_id
WHERE t.token = %s AND t.kind = 'order' AND t.done_at IS NOT NULL AND o.state = 'filled'
"""
SENT: LiteralString = """
SELECT DISTINCT ON (id) subject, body FROM outbox
WHERE id = ANY(%s::uuid[]) AND stream = %s ORDER BY id, send_number
"""
FORGET_DONE: LiteralString = """
UPDATE task SET done_at = NULL, last_sent_at = to_timestamp(0) WHERE id = ANY(%s::uuid[])
"""
UNDONE: LiteralString = """
SELECT id FROM task WHERE id = ANY(%s::uuid[]) AND done_at IS NULL
"""


@pytest.mark.timeout(600)
async def test_a_lost_journal_doubles_nothing_when_filled_orders_are_sent_again(
    options: Options, fired: Fired
) -> None:
    async with rough_weather.trading(options) as weather:
        member = weather.running.supervisor[weather.members[0]]
        filled: list[str] = []

        async def plenty() -> bool:
            rows = await weather.rows(FILLED, rough_members.token(member))
            filled[:] = [row["id"] for row in rows]
            return len(filled) >= LEAST_FILLED

        await rough_weather.until(plenty, f"{LEAST_FILLED} filled orders")
        await weather.pause()
        view.line(f"kill -9 {member.spec.name}: its journal with {len(filled)} fills is lost")
        await weather.kill(member.spec.name, lambda: rough_members.lose_journal(member))
        await _deliver_again(weather, filled)
        await _let_the_centre_send_again(weather, filled)
        lives = rough_members.lives(member)
        found = [lives[task] for task in filled]
        checks = await weather.judge()
        intents = weather.judged_intents()
        fired("filled orders whose journal was lost", len(filled))
        fired("of them looked up and found", sum(1 for one in found if one["trades"]))
        assert [one["state"] for one in found] == ["filled"] * len(filled)
        assert intents.faults() == []
        assert checks
        assert [f"{check.claim}: {fault}" for check in checks for fault in check.faults] == []


async def _deliver_again(weather: Weather, tasks: list[str]) -> None:
    """Put the very first messages into the stream anew, as if it had forgotten what was acked."""
    rows = await weather.rows(SENT, tasks, subjects.TASKS)
    assert len(rows) == len(tasks)
    creds = weather.folder.keys / "nats" / "centre-user.creds"
    name = "chaos"
    client = await bus.connect(
        weather.running.endpoints["nats"], creds, name, f"_INBOX_{name}", lambda: None
    )
    try:
        stream = client.jetstream()
        for row in rows:
            await stream.publish(row["subject"], bytes(row["body"]))

        async def drained() -> bool:
            info: Any = await stream.stream_info(subjects.TASKS)
            return int(info.state.messages) == 0

        await rough_weather.until(drained, "every message taken")
    finally:
        await client.close()


async def _let_the_centre_send_again(weather: Weather, tasks: list[str]) -> None:
    """Let the centre think that nobody has answered."""
    await weather.rows(FORGET_DONE, tasks)

    async def answered() -> bool:
        return not await weather.rows(UNDONE, tasks)

    await rough_weather.until(answered, "every task answered again")
