"""What came of each document, and in which phase is the platform? Written by `up`, read by all."""

import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ironbull_local import folder as folders
from ironbull_local.folder import DataFolder
from ironbull_local.store import Stored
from ironbull_messages.problems import Problem


class Phase(StrEnum):
    """Where the platform as a whole is."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    FAILED = "failed"
    STOPPED = "stopped"


class Outcome(StrEnum):
    """Where one document is."""

    PENDING = "pending"
    OK = "ok"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Observed:
    """What the running platform made of one generation of a document.

    Args:
        answer: what the platform API said, such as the tokens of a pool's members.
    """

    uid: str
    generation: int
    outcome: Outcome
    problem: str = ""
    answer: dict[str, Any] = field(default_factory=dict)

    def is_of(self, stored: Stored) -> bool:
        """Tell whether it speaks of the document as it is stored now."""
        return (self.uid, self.generation) == (stored.uid, stored.generation)


class ObservedStore:
    """The outcomes of all documents of one folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._file = folder.state / "observed.json"
        self._entries = {
            reference: Observed(**{**row, "outcome": Outcome(row["outcome"])})
            for reference, row in folders.read_json(self._file).items()
        }

    def get(self, stored: Stored) -> Observed | None:
        """Return the outcome of the document as it is stored now; None when it has none yet."""
        found = self._entries.get(stored.reference)
        return found if found is not None and found.is_of(stored) else None

    def put(self, stored: Stored, outcome: Outcome, problem: str, answer: dict[str, Any]) -> None:
        """Keep the outcome of the document as it is stored now."""
        entry = Observed(stored.uid, stored.generation, outcome, problem, answer)
        if self._entries.get(stored.reference) == entry:
            return
        self._entries[stored.reference] = entry
        rows = {reference: asdict(entry) for reference, entry in self._entries.items()}
        folders.write_json(self._file, rows)


def enter(folder: DataFolder, phase: Phase, problem: Problem | None = None) -> None:
    """Tell in which phase the platform is."""
    folders.write_json(
        _phase_file(folder),
        {
            "phase": phase.value,
            "pid": os.getpid(),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "code": problem.code.value if problem else "",
            "problem": problem.detail if problem else "",
        },
    )


def phase(folder: DataFolder) -> Phase:
    """Return the phase that `up` told last; a platform that nobody holds is stopped."""
    holder = folders.holder(folder)
    if holder is None:
        return Phase.STOPPED
    told = folders.read_json(_phase_file(folder))
    # What a killed platform told last says nothing about the one that runs now.
    return Phase(told["phase"]) if told.get("pid") == holder else Phase.STARTING


def _phase_file(folder: DataFolder) -> Path:
    return folder.state / "phase.json"
