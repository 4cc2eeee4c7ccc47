"""When did what happen to an order? From what node and exchange write anyway."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bench.stage import Stage

MS = 1000.0
LOOK_SECONDS = 0.02


def node_log(stage: Stage) -> dict[str, dict[str, float]]:
    """Return by task what the members logged of it, and when."""
    found: dict[str, dict[str, float]] = {}
    for path in stage.folder.logs.glob("node-*.log"):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            if "task" in row:
                at = datetime.fromisoformat(row["timestamp"]).timestamp()
                found.setdefault(row["task"], {})[row["event"]] = at
    return found


@dataclass(slots=True)
class Accepts:
    """The exchange's journal, read on as it grows: which order was accepted when."""

    path: Path
    at: dict[str, float] = field(default_factory=dict)
    """By the venue's order id."""
    accounts: dict[str, str] = field(default_factory=dict)
    _read: int = 0

    @classmethod
    def of(cls, stage: Stage) -> "Accepts":
        """Return the reader of a platform's exchange."""
        return cls(stage.folder.root / "paper" / "journal.jsonl")

    def read_on(self) -> None:
        """Take in the lines that are whole."""
        with self.path.open("rb") as journal:
            journal.seek(self._read)
            grown = journal.read()
        whole = grown[: grown.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            if b'"kind":"order"' in line:
                record = json.loads(line)
                number = str(record["order_id"])
                self.at[number] = record["at"] / MS
                self.accounts[number] = record["account"]

    async def until(self, side: str, total: int, seconds: float) -> list[float]:
        """Wait for so many orders of accounts whose label begins so; return all their instants."""
        deadline = time.monotonic() + seconds
        while True:
            self.read_on()
            found = [at for number, at in self.at.items() if self.accounts[number].startswith(side)]
            if len(found) >= total:
                return sorted(found)
            assert time.monotonic() < deadline, f"{len(found)} of {total} orders of {side}"
            await asyncio.sleep(LOOK_SECONDS)
