"""kubectl for tests: objects in, objects out, refusals as text."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cluster.places import HOMES

COMMAND_SECONDS = 120.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Kubectl:
    """One cluster as its administrator sees it.

    Args:
        program: the path of kubectl.
        kubeconfig: the file that names the cluster.
    """

    program: str
    kubeconfig: str

    def _run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (self.program, f"--kubeconfig={self.kubeconfig}", *words),
            env={**os.environ, **HOMES}, input=given, capture_output=True, text=True, check=False,
            timeout=COMMAND_SECONDS,
        )  # fmt: skip

    def __call__(self, *words: str, given: str = "") -> str:
        """Return what kubectl prints; fail with its words."""
        done = self._run(*words, given=given)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}"
        return done.stdout

    def refusal(self, *words: str, given: str = "") -> str:
        """Return why kubectl fails; fail when it does not."""
        done = self._run(*words, given=given)
        assert done.returncode != 0, f"kubectl {' '.join(words)} was obeyed: {done.stdout}"
        return done.stderr

    def apply(self, *items: Mapping[str, Any]) -> None:
        """Apply objects."""
        self("apply", "--filename=-", given=as_list(*items))

    def get(self, *words: str) -> dict[str, Any]:
        """Return one object, or a list of them."""
        found: dict[str, Any] = json.loads(self("get", *words, "--output=json"))
        return found


def as_list(*items: Mapping[str, Any]) -> str:
    """Return objects as one document."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def eventually(holds: Callable[[], object], within: float) -> None:
    """Wait until something is true; an assertion that fails meanwhile is tried again.

    Args:
        within: seconds, five to ten times what it should take.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            if holds():
                return
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, f"not true within {within} s"
        time.sleep(POLL_SECONDS)
