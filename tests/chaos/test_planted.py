"""Six bugs, each planted into a copy of the tree: the story of order safety finds every one."""

from pathlib import Path

import pytest
from chaos.conftest import SEED
from fixtures import planted

PATCHES = sorted((Path(__file__).parent / "planted").glob("*.diff"))


@pytest.mark.timeout(600)
def test_the_story_finds_nothing_in_the_tree_as_it_is() -> None:
    judgement = planted.judge(None, seed=SEED)
    assert judgement.faults
    assert not judgement.wrong, judgement.shown()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_the_story_finds_a_planted_bug(patch: Path) -> None:
    bug = planted.read(patch)
    judgement = planted.judge(bug, seed=SEED)
    assert judgement.names(bug), f"{bug.breaks} {judgement.shown()}"


def test_six_bugs_are_planted() -> None:
    assert len(PATCHES) == 6
