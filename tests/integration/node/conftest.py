"""A paper exchange and NATS in operator mode, both real, one of each for a test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fixtures import nats_authority
from fixtures.nats_authority import Authority
from fixtures.paper_process import PaperProcess, running_paper


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PaperProcess]:
    with running_paper(tmp_path / "paper") as running:
        yield running


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[Authority]:
    async with nats_authority.running(tmp_path / "authority") as running:
        yield running
