"""Every command of the workspace is described, and what runs before a change lands uses them."""

import re
import subprocess

from tools.check import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
DEMANDED = {
    "setup", "demo", "up", "down", "check", "fix", "test", "unit", "integration", "e2e", "bench",
    "generate", "lock", "migration", "chaos",
}  # fmt: skip


def described() -> set[str]:
    shown = subprocess.run(("make",), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  make (\S+)\s+\S", shown, re.MULTILINE))


def test_make_alone_describes_every_target() -> None:
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    targets = set(phony[1].replace("\\\n", " ").split()) - {"help"}
    defined = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE)) - {"help"}
    assert described() == targets == defined
    assert targets >= DEMANDED


def test_every_target_that_needs_the_environment_sets_it_up() -> None:
    rules = re.findall(r"^([a-z0-9-]+):([^#\n]*)##.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
    needing = [name for name, needs, body in rules if "$(" in body and "setup" not in needs]
    assert needing == []


def test_what_runs_before_a_change_lands_is_what_a_person_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    for target in ("setup", "check", "test"):
        assert re.search(rf"^part \S+ \d+ make {target}$", script, re.MULTILINE)
