"""Two bugs, planted into a copy of the tree, that the exchange's faults and recharges bring out.

`make chaos` plants all of them, and tells the whole story in the tree as it is.
"""

from pathlib import Path

import pytest
from fixtures import planted

PATCHES = Path(__file__).parents[2] / "chaos" / "planted"
STORMS = ("strikes",)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["resend_on_timeout", "unlocked_balance"])
def test_a_planted_bug_is_found(name: str) -> None:
    bug = planted.read(PATCHES / f"{name}.diff")
    judgement = planted.judge(bug, STORMS)
    assert judgement.names(bug), f"{bug.breaks} {judgement.shown()}"


@pytest.mark.parametrize("patch", sorted(PATCHES.glob("*.diff")), ids=lambda path: path.stem)
def test_every_patch_applies_to_the_tree_and_names_a_claim(patch: Path) -> None:
    bug = planted.read(patch)
    assert bug.caught_by
    with planted.tree(bug) as copy:
        assert copy.is_dir()


def test_a_patch_that_does_not_apply_says_so(tmp_path: Path) -> None:
    patch = tmp_path / "old.diff"
    patch.write_text(
        "Of another tree.\n\ndiff --git a/README.md b/README.md\n--- a/README.md\n+++ b/README.md\n"
        "@@ -1,1 +1,1 @@\n-what was never there\n+what is not there now\n"
    )
    with pytest.raises(planted.PlantingError, match=r"old\.diff does not apply"):
        planted.judge(planted.read(patch))
