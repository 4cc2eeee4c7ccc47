"""The platform refuses what one object may never become, and takes back what a rule came after."""

from typing import Any
from unittest.mock import AsyncMock

import pytest
from fixtures.documents import node, strategy

from ironbull_app.flows.put_documents import put_node
from ironbull_app.ports.documents import DocumentStore, Stored, Told
from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import ExecutionNodeSpec, StrategySpec

FEED = "binance-paper"
AGAIN = Told("main", "uid", 2)


def store(pool: Stored) -> AsyncMock:
    made = AsyncMock(spec=DocumentStore)
    made.tenant.return_value = Stored("tenant", 1)
    made.venue_feed.return_value = FEED
    made.pool.return_value = pool
    made.members.return_value = []
    return made


def stored(uid: str = "uid", *, is_closed: bool = False) -> Stored:
    spec = node().spec.model_dump(mode="json", by_alias=True)
    return Stored(uid, 1, is_closed=is_closed, feed=FEED, spec=spec)


async def test_a_pool_cannot_move_to_another_venue() -> None:
    kept = store(stored())
    with pytest.raises(Problem, match="venue desk cannot become other") as refused:
        await put_node(kept, "acme", AGAIN, ExecutionNodeSpec(venue="other"))
    assert refused.value.code is Code.DOCUMENT_INVALID
    assert [error.field for error in refused.value.errors] == ["spec.venue"]
    kept.save_pool.assert_not_awaited()


async def test_another_object_of_the_name_begins_anew() -> None:
    kept = store(stored("gone", is_closed=True))
    await put_node(kept, "acme", AGAIN, ExecutionNodeSpec(venue="other"))
    kept.save_pool.assert_awaited_once()


def test_what_was_taken_before_a_rule_came_is_still_read() -> None:
    old: dict[str, Any] = strategy().spec.model_dump(mode="json", by_alias=True)
    old["risk"] |= {"dailyTradeLimit": 9, "weeklyTradeLimit": 1}
    with pytest.raises(ValueError, match="weeklyTradeLimit 1 is below dailyTradeLimit 9"):
        StrategySpec.model_validate(old)
    assert StrategySpec.stored(old).risk.weekly_trade_limit == 1
