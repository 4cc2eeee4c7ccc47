"""Each card of the market role's ports is played on the fake and on the real side."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest
from fixtures.paper_process import PaperProcess, running_paper
from spec.market.sides import Market, binance_market, fake_market, memory_store, postgres_store

from ironbull_app.ports.market import BeginMarket


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    with running_paper(tmp_path_factory.mktemp("paper"), "--speed", "60", "--seed", "7") as found:
        yield found


@pytest.fixture(params=["fake", "binance"])
async def market(request: pytest.FixtureRequest) -> AsyncIterator[Market]:
    if request.param == "fake":
        yield fake_market()
        return
    paper: PaperProcess = request.getfixturevalue("paper")
    found = binance_market(paper.url)
    yield found
    await found.venue.close()
    await found.away.close()


@pytest.fixture(params=["fake", "postgres"])
async def begin(request: pytest.FixtureRequest) -> AsyncIterator[BeginMarket]:
    makers: dict[str, Callable[[], AbstractAsyncContextManager[BeginMarket]]] = {
        "fake": memory_store,
        "postgres": lambda: postgres_store(request.getfixturevalue("role_urls")),
    }
    async with makers[request.param]() as found:
        yield found
