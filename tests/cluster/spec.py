"""What the first process of a node is told: what to mount, what to run."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Program:
    """One program of a node.

    Args:
        after: an address that must accept a connection first, `unix:/path` or `tcp:host:port`.
    """

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """All that one node needs.

    Args:
        covers: folders that get an empty file system of the node's own.
        replaced: files of /proc that the node sees in our words instead, and those words.
    """

    name: str
    folder: str
    covers: tuple[str, ...]
    replaced: tuple[tuple[str, str], ...]
    programs: tuple[Program, ...]

    def write(self, path: Path) -> None:
        """Save it where `read` finds it."""
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path) -> "Spec":
        """Return what `write` saved."""
        found = json.loads(path.read_text())
        programs = tuple(
            Program(
                row["name"],
                tuple(row["command"]),
                tuple((name, value) for name, value in row["environment"]),
                row["after"],
            )
            for row in found["programs"]
        )
        return cls(
            found["name"],
            found["folder"],
            tuple(found["covers"]),
            tuple((path, words) for path, words in found["replaced"]),
            programs,
        )
