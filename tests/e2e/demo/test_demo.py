"""The demo ends with a proof, twice in a row, and its evidence cannot be altered unseen."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ironbull_local.referee import referee

SECONDS = 900
Rows = list[dict[str, Any]]
Alter = Callable[[Rows, dict[str, Rows]], tuple[str, str]]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="ironbull-demo-"))
    root.chmod(0o711)  # PostgreSQL may run as another user
    yield root / "data"
    shutil.rmtree(root)


def run_demo(folder: Path) -> str:
    done = subprocess.run(
        (sys.executable, "-m", "ironbull_local", "demo", "--data", str(folder)),
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    return done.stdout


@pytest.fixture(scope="module")
def evidence(folder: Path) -> Path:
    for _ in range(2):
        assert "proved: all" in run_demo(folder)
    return folder / "proof"


def alter_a_fill(_: Rows, tables: dict[str, Rows]) -> tuple[str, str]:
    row = tables["fill"][11]
    row["quantity"] = Decimal(str(row["quantity"])) * 2
    return "fill", str(row["venue_trade_id"])


def alter_an_entry(_: Rows, tables: dict[str, Rows]) -> tuple[str, str]:
    row = tables["entry"][-1]
    row["amount"] += 1
    return "txn", str(row["txn_id"])


def alter_a_commission(_: Rows, tables: dict[str, Rows]) -> tuple[str, str]:
    row = next(row for row in tables["commission"] if row["kind"] == "level_diff")
    row["amount"] += 1
    return "commission", f"{row['trade_id']}#{row['ordinal']}"


def drop_a_venue_trade(journal: Rows, _: dict[str, Rows]) -> tuple[str, str]:
    row = [row for row in journal if row["kind"] == "trade"][17]
    journal.remove(row)
    return "fill", f"{row['symbol']} {row['trade_id']}"


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize(
    "alter", [alter_a_fill, alter_an_entry, alter_a_commission, drop_a_venue_trade]
)
def test_what_was_altered_afterwards_is_named(evidence: Path, alter: Alter) -> None:
    journal = referee.read_journal(evidence / "venue-journal.jsonl")
    tables = referee.read_dump(evidence / "database-dump.jsonl")
    table, row = alter(journal, tables)
    checks = referee.judge(journal, tables)
    assert any(
        fault.table.startswith(table) and row in fault.id
        for check in checks
        for fault in check.faults
    )


@pytest.mark.timeout(2 * SECONDS)
def test_the_referee_judges_as_a_program(evidence: Path) -> None:
    words = (evidence / "venue-journal.jsonl", evidence / "database-dump.jsonl")
    done = subprocess.run(
        (sys.executable, "-I", referee.__file__, *map(str, words)),
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.timeout(2 * SECONDS)
def test_the_evidence_holds_no_secret_of_an_account(folder: Path, evidence: Path) -> None:
    keys = [json.loads(row) for row in (folder / "paper/keys.jsonl").read_text().splitlines()]
    text = "".join(path.read_text() for path in evidence.iterdir())
    secrets = [row["secret"] for row in keys]
    assert secrets
    assert not [secret for secret in secrets if secret in text]
