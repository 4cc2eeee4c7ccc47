"""Which documents do the docs show? Files of examples, and what is fenced as YAML in a page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cluster.places import ROOT

_FENCED = re.compile(r"^```ya?ml[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_REFUSED = re.compile(r"^# refused: (.+)$", re.MULTILINE)
OUTSIDE_OF_DOCS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "charts/ironbull/README.md")


@dataclass(frozen=True, slots=True)
class Shown:
    """One file or one fenced block.

    Args:
        place: the file, and which of its blocks.
        refused: what the API must say to it; empty: it accepts. A block says so in a line of its
            own: `# refused: needs exactly one way in`.
    """

    place: str
    text: str
    refused: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Return its objects; values of the chart and other YAML are none."""
        found = [one for one in yaml.safe_load_all(self.text) if one]
        return [
            one for one in found if isinstance(one, dict) and {"apiVersion", "kind"} <= set(one)
        ]


def shown(root: Path = ROOT) -> list[Shown]:
    """Return all that holds objects of Kubernetes."""
    return [one for one in _all(root) if one.objects]


def _all(root: Path) -> Iterator[Shown]:
    for path in sorted((root / "docs").rglob("*.y*ml")):
        yield _shown(str(path.relative_to(root)), path.read_text())
    pages = [*sorted((root / "docs").rglob("*.md")), *(root / name for name in OUTSIDE_OF_DOCS)]
    for path in pages:
        if not path.is_file():
            continue
        for number, block in enumerate(_FENCED.findall(path.read_text()), start=1):
            yield _shown(f"{path.relative_to(root)}, block {number}", block)


def _shown(place: str, text: str) -> Shown:
    said = _REFUSED.search(text)
    return Shown(place, text, said[1] if said else "")
