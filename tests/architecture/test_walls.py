"""The walls stand: imports point down, and a hole knocked into a copy is seen."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tools.check import BIN, ROOT, members

LINT_SECONDS = 120
# (file in which the hole is knocked, the import, words of the contract that must break)
HOLES = [
    ("node/src/ironbull_node/hole.py", "import psycopg", "hold no database driver"),
    ("node/src/ironbull_node/hole.py", "import ironbull_core", "never decide about money"),
    ("services/local/src/ironbull_local/hole.py", "import ironbull_app", "Runtimes never import"),
    ("services/core/src/ironbull_core/hole.py", "import time", "are pure"),
    ("services/strategies/src/ironbull_strategies/hole.py", "import ironbull_kit", "Runtimes"),
    ("services/app/src/ironbull_app/flows/hole.py", "import ironbull_app.db", "imports point down"),
    ("services/app/src/ironbull_app/flows/hole.py", "import ccxt", "speaks to a venue"),
    ("services/app/src/ironbull_app/flows/hole.py", "import sqlalchemy", "SQL lives in"),
    ("services/app/src/ironbull_app/cellar.py", "import json", "imports point down"),
    ("contracts/messages/src/ironbull_messages/hole.py", "import yaml", "words only"),
    ("contracts/clients/python/src/ironbull_client/hole.py", "import ironbull_kit", "stands alone"),
    ("contracts/clients/python/src/ironbull_client/hole.py", "import nats", "stands alone"),
    ("operator/src/ironbull_operator/hole.py", "import ccxt", "speaks to a venue"),
]  # fmt: skip


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    sources = os.pathsep.join(str(tree / path.relative_to(ROOT) / "src") for path in members())
    return subprocess.run(
        (str(BIN / "lint-imports"), "--no-cache", "--config", str(ROOT / ".importlinter")),
        env={**os.environ, "PYTHONPATH": sources, "COLUMNS": "400"},
        cwd=tree, capture_output=True, text=True, check=False, timeout=LINT_SECONDS,
    )  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("copy")
    for member in members():
        source = member / "src"
        shutil.copytree(
            source, tree / source.relative_to(ROOT), ignore=shutil.ignore_patterns("__pycache__")
        )
    for layer in ("flows", "db"):  # so that a layer that does not exist yet can be broken too
        package = tree / "services/app/src/ironbull_app" / layer
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
    return tree


def test_the_copy_without_a_hole_is_sound(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("path", "line", "contract"), HOLES)
def test_a_planted_violation_is_caught(copy: Path, path: str, line: str, contract: str) -> None:
    hole = copy / path
    hole.write_text(f"{line}\n")
    try:
        done = lint(copy)
    finally:
        hole.unlink()
    broken = [row for row in done.stdout.splitlines() if " BROKEN" in row]
    assert done.returncode != 0
    assert any(contract in row for row in broken), done.stdout


def test_every_contract_says_what_to_do_instead() -> None:
    names = re.findall(r"^name = (.+)$", (ROOT / ".importlinter").read_text(), re.MULTILINE)
    assert len(names) == len({*names}) >= 7
    assert [name for name in names if not re.fullmatch(r"[A-Z].+: .+\.", name)] == []
