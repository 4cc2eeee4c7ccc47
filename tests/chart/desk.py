"""Helm and kubectl on one API server, for tests: what they print, or why they refuse."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cluster.kubectl import Kubectl
from integration.chart.rendering import NAMESPACE

SECONDS = 120


@dataclass(frozen=True, slots=True)
class Desk:
    """Helm and kubectl on one API server."""

    helm: Path
    kubectl: Kubectl

    def run(self, *words: str, values: str = "") -> str:
        """Return what Helm prints; fail with its words."""
        done = self._run(*words, values=values)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refusal(self, *words: str, values: str = "") -> str:
        """Return why Helm refuses; fail when it does not."""
        done = self._run(*words, values=values)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def _run(self, *words: str, values: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (self.helm, f"--kubeconfig={self.kubectl.kubeconfig}", f"--namespace={NAMESPACE}",
             *words, *(("--values=-",) if values else ())),
            input=values, capture_output=True, text=True, check=False, timeout=SECONDS,
        )  # fmt: skip
