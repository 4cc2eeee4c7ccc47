"""A suspended tenant opens nothing, and its stops go on."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import LiteralString

from cluster.story import doors, scenery
from cluster.story.stage import columns, say
from cluster.story.telling import SPEED, Story
from fixtures.rough_kills import until

from ironbull_client import MerchantProblem
from ironbull_local.demo.scenario import AURORA
from ironbull_local.referee.referee import client_order_id

HURRY = "14400"
STOP_SECONDS = 120.0
SETTLED_SECONDS = 60.0

GUARDED: LiteralString = """
SELECT id::text FROM position
WHERE tenant_id = %s AND closed_at IS NULL AND stop_loss IS NOT NULL
"""
STOPPED: LiteralString = """
SELECT p.id::text, p.leg, o.id::text AS order_id, t.id::text AS task FROM position p
JOIN orders o ON o.tenant_id = p.tenant_id AND o.position_id = p.id AND o.created_at > %s
JOIN task t ON t.tenant_id = o.tenant_id AND t.order_id = o.id AND t.kind = 'order'
WHERE p.tenant_id = %s AND p.close_reason = 'STOP_LOSS' AND p.closed_at IS NOT NULL
    AND o.state = 'filled' AND o.close_reason = 'STOP_LOSS'
"""
OPENED: LiteralString = """
SELECT id::text, action FROM orders
WHERE tenant_id = %s AND created_at > %s AND action NOT IN ('CLOSE', 'REDUCE')
"""
NOW: LiteralString = "SELECT now() AS now"
REDUCING = {"LONG": "SELL", "SHORT": "BUY"}


@dataclass(frozen=True, slots=True)
class Stop:
    """A position that its stop closed, and what the exchange says of the order that did it."""

    leg: str
    order: dict[str, object]
    filled: Decimal


async def suspend(story: Story) -> None:
    """Suspend, see the merchant refused and the engine gone, and wait for a stop to fire."""
    story.guide.run("suspend")
    (row,) = await story.rows.ask(NOW)
    await _nobody_speaks(story)
    guarded = await story.rows.ask(GUARDED, AURORA)
    say(f"  {len(guarded)} positions of the suspended tenant have a stop; the market hurries")
    await story.exchange.set_speed(HURRY)
    found: list[Stop] = []

    async def fired() -> bool:
        found[:] = _at_the_venue(story, await story.rows.ask(STOPPED, row["now"], AURORA))
        return bool(found)

    try:
        await until(fired, "a stop that fires while the tenant is suspended", STOP_SECONDS)
    finally:
        await story.exchange.set_speed(SPEED)
    for one in found:
        assert one.order["side"] == REDUCING[one.leg]
        assert one.order["reduce_only"] or one.order["position_side"] == one.leg
        assert one.filled == Decimal(str(one.order["quantity"]))
    say(f"  {len(found)} stops fired: the venue filled orders that only reduce")
    assert await story.rows.ask(OPENED, AURORA, row["now"]) == []


async def resume(story: Story) -> None:
    """Let the tenant go on, and wait for its next opening."""
    story.guide.run("resume")
    (row,) = await story.rows.ask(NOW)

    async def opens() -> bool:
        return bool(await story.rows.ask(OPENED, AURORA, row["now"]))

    await until(opens, "an opening of the resumed tenant", STOP_SECONDS)


async def _nobody_speaks(story: Story) -> None:
    """See that engine and merchant are shut out."""
    kubectl = story.stage.kubectl
    (row,) = [one for one in columns(kubectl, "tenants") if one["NAME"] == AURORA]
    assert (row["STATE"], row["READY"]) == ("Suspended", "True")

    async def gone() -> bool:
        pods = kubectl.get("pods", f"--namespace=ironbull-{AURORA}")["items"]
        return not [pod for pod in pods if pod["metadata"]["name"].startswith("engine-")]

    await until(gone, "the engine's end", SETTLED_SECONDS)
    async with doors.doors(story.stage, scenery.TENANTS) as held:
        try:
            await held.merchants[AURORA].list_orders()
        except MerchantProblem as problem:
            assert problem.code == "tenant_disabled"  # noqa: PT017 - pytest.raises hides the way in
        else:
            raise AssertionError("the merchant API of a suspended tenant answered")


def _at_the_venue(story: Story, rows: list[dict[str, object]]) -> list[Stop]:
    """Return those of our stops' orders that the venue has accepted and filled."""
    wanted = {client_order_id(str(row["task"]), 1): str(row["leg"]) for row in rows}
    placed: dict[str, Stop] = {}
    if not wanted:
        return []
    for line in story.journal.read_text().splitlines():
        one = json.loads(line)
        if one["kind"] == "order" and one["client_id"] in wanted:
            placed[one["client_id"]] = Stop(wanted[one["client_id"]], one, Decimal(0))
        elif one["kind"] == "trade" and one["client_id"] in placed:
            seen = placed[one["client_id"]]
            filled = seen.filled + Decimal(one["quantity"])
            placed[one["client_id"]] = Stop(seen.leg, seen.order, filled)
    return list(placed.values())
