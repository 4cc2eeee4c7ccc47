"""An exchange for each file, and a fresh account on it for each card."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from fixtures.paper_process import PaperProcess, running_paper
from spec.venue.desk import ADAPTERS, DEPOSIT, Desk

from ironbull_messages.fleet import Credentials


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    with running_paper(tmp_path_factory.mktemp("paper"), "--speed", "60", "--seed", "7") as found:
        yield found


@pytest.fixture(params=sorted(ADAPTERS))
async def desk(request: pytest.FixtureRequest, paper: PaperProcess) -> AsyncIterator[Desk]:
    venue = ADAPTERS[request.param](paper.url)
    trader = paper.trader(uuid4().hex, str(DEPOSIT))
    yield Desk(venue, paper, Credentials(api_key=trader.api_key, api_secret=trader.secret))
    await venue.close()
