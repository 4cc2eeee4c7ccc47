"""The guide of who runs a cluster: its named blocks, run as they are written."""

import os
import re
import subprocess
from dataclasses import dataclass, field

from cluster import start
from cluster.places import HOMES, KUBECONFIG, ROOT

GUIDE = ROOT / "docs" / "guides" / "kubernetes.md"
BLOCK = re.compile(r"^<!-- ([a-z-]+) -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ANY_BLOCK = re.compile(r"^```sh$", re.MULTILINE)
BLOCK_SECONDS = 300
STRICT = "set -euo pipefail\n"


@dataclass(slots=True)
class Guide:
    """The blocks, and which of them were run."""

    blocks: dict[str, str]
    ran: set[str] = field(default_factory=set)

    def run(self, name: str, **environment: str) -> str:
        """Run a block as a person would who copies it, and return what it prints.

        Args:
            environment: what the guide has its reader export before.
        """
        self.ran.add(name)
        done = subprocess.run(
            ("bash", "-c", STRICT + self.blocks[name]),
            cwd=ROOT, env=_environment() | environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=BLOCK_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"{GUIDE.name}, {name}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def left(self) -> set[str]:
        """Return the blocks that nothing has run."""
        return set(self.blocks) - self.ran


def read() -> Guide:
    """Return the guide; every block of it has a name."""
    text = GUIDE.read_text()
    blocks = dict(BLOCK.findall(text))
    assert len(blocks) == len(ANY_BLOCK.findall(text)), "a block has no name of its own"
    return Guide(blocks)


def _environment() -> dict[str, str]:
    path = f"{start.PROGRAMS}:{os.environ['PATH']}"
    return {**os.environ, **HOMES, "PATH": path, "KUBECONFIG": str(KUBECONFIG)}
