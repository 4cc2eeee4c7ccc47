"""What happens in the story, and what must be true after it."""

import tempfile
from pathlib import Path
from typing import LiteralString

from cluster.story import pods, scenery
from cluster.story.stage import SYSTEM, columns, say
from cluster.story.telling import ANSWER_SECONDS, SPEED, Story
from fixtures.rough_kills import until

from ironbull_local.demo.scenario import AURORA

# It takes about ten seconds on a quiet machine; a crowded one is given more than the goal of 60.
READY_SECONDS = 120.0
ONE_APPLY = "one apply: tenant, pool and strategy are Ready"
FIRST_TRADES = 10
MOVED_SECONDS = 120.0
HOLD = {"kind": "delay_after_accept", "endpoint": "order", "seconds": ANSWER_SECONDS}

BY_MEMBER: LiteralString = """
SELECT m.pool || '-' || m.index AS member, count(a.id) AS accounts
FROM member m LEFT JOIN exchange_account a ON a.tenant_id = m.tenant_id AND a.member_token = m.token
    AND a.state = 'ready'
WHERE m.tenant_id = %s AND m.is_wanted GROUP BY 1 ORDER BY 1
"""
POOLS: LiteralString = """
SELECT tenant_id, pool, count(*) AS wanted, count(*) FILTER (WHERE lease_until > now()) AS serving
FROM member WHERE is_wanted GROUP BY 1, 2
"""


def install(story: Story) -> None:
    """Bring the chart, without any value."""
    assert "Succeeded" in story.guide.run("install")
    with tempfile.TemporaryDirectory() as home:
        story.guide.run("keys", HOME=home)
        assert "master.key" in (Path(home) / "ironbull-keys.yaml").read_text()


def first_tenant(story: Story) -> None:
    """Bring all that one file says, and read the merchant key."""
    story.guide.run("tenant")
    assert story.guide.run("merchant-key").startswith("mk_")


async def begin_trading(story: Story) -> None:
    """Bring people, hurry the market, and let the venue's answers take their time."""
    story.guide.run("hostname")
    await scenery.people(story.stage, story.rows)
    await story.exchange.set_speed(SPEED)
    await story.exchange.set_fault(HOLD)
    what = f"{FIRST_TRADES} closed trades"
    await story.rows.until(what, lambda seen: seen.closed >= FIRST_TRADES)


async def go_on(story: Story) -> None:
    """Let the strategies speak again after a rest, on a market in a hurry."""
    scenery.set_states(story.stage.kubectl, "Running")
    await story.exchange.set_speed(SPEED)
    await story.exchange.set_fault(HOLD)


async def columns_are_true(story: Story) -> None:
    """Compare what `kubectl get` prints with what the platform's rows hold."""
    story.guide.run("columns")
    kubectl = story.stage.kubectl
    told = {
        (row["NAMESPACE"], row["NAME"]): (int(row["DESIRED"]), int(row["SERVING"]), row["READY"])
        for row in columns(kubectl, "executionnodes", "--all-namespaces")
    }
    known = {
        (f"ironbull-{row['tenant_id']}", row["pool"]): (row["wanted"], row["serving"], "True")
        for row in await story.rows.ask(POOLS)
    }
    assert told == known
    tenants = {row["NAME"]: (row["STATE"], row["READY"]) for row in columns(kubectl, "tenants")}
    assert tenants == dict.fromkeys(scenery.TENANTS, ("Active", "True"))
    rows = columns(kubectl, "strategies", "--all-namespaces")
    assert {(row["STATE"], row["READY"]) for row in rows} == {("Running", "True")}
    say(f"  {len(told)} pools, {len(tenants)} tenants and {len(rows)} strategies as the rows say")


async def scale(story: Story, way: str, members: int) -> None:
    """Scale a pool, and wait until every member has accounts and none has those of others."""
    story.guide.run(f"scale-{way}")
    found: dict[str, int] = {}

    async def spread() -> bool:
        rows = await story.rows.ask(BY_MEMBER, AURORA)
        found.clear()
        found.update({row["member"]: row["accounts"] for row in rows})
        return len(found) == members and all(found.values())

    await until(spread, f"accounts on {members} members", MOVED_SECONDS)
    say("  accounts: " + ", ".join(f"{name} {count}" for name, count in found.items()))
    seen = await story.rows.tally()
    await story.rows.until("more trades", lambda now: now.closed > seen.closed)


async def upgrade(story: Story) -> None:
    """Upgrade, and look which pods were started anew."""
    before = pods.lives(story.stage.kubectl)
    story.guide.run("upgrade")
    after = pods.lives(story.stage.kubectl)
    assert pods.changed(before, after) == {f"{SYSTEM}/ironbull-paper-0"}
    say(f"  of {len(after)} pods only the exchange's was started anew")
    seen = await story.rows.tally()
    await story.rows.until("more trades", lambda now: now.closed > seen.closed)
