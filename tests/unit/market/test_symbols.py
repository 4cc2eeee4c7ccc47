"""A strategy on a symbol that its venue does not list is refused before an engine waits for it."""

from unittest.mock import AsyncMock

import pytest
from fixtures.documents import strategy

from ironbull_app.flows.put_documents import put_strategy
from ironbull_app.ports.documents import DocumentStore, Stored, Told
from ironbull_app.ports.kill_switches import KillSwitchStore
from ironbull_messages.problems import Code, Problem

FEED = "binance-paper"


def store(*listed: str) -> AsyncMock:
    made = AsyncMock(spec=DocumentStore)
    made.tenant.return_value = Stored("tenant", 1)
    made.venue_feed.return_value = FEED
    made.strategy.return_value = None
    made.listed.return_value = frozenset(listed)
    return made


def switches() -> AsyncMock:
    made = AsyncMock(spec=KillSwitchStore)
    made.lock.return_value = None
    return made


async def test_a_symbol_that_the_venue_does_not_list_is_refused_with_those_it_lists() -> None:
    with pytest.raises(Problem) as raised:
        await put_strategy(
            store("ETH-USDT-SWAP"), switches(), "acme", AsyncMock(Told), strategy().spec
        )

    assert raised.value.code is Code.DOCUMENT_INVALID
    (error,) = raised.value.errors
    assert error.field == "spec.symbols"
    assert error.message == f"{FEED} does not list BTC-USDT-SWAP; it lists ETH-USDT-SWAP"


@pytest.mark.parametrize("listed", [(), ("BTC-USDT-SWAP",)])
async def test_a_listed_symbol_and_one_of_a_venue_not_asked_yet_are_taken(
    listed: tuple[str, ...],
) -> None:
    kept = store(*listed)

    await put_strategy(kept, switches(), "acme", AsyncMock(Told), strategy().spec)

    kept.save_strategy.assert_awaited_once()
