"""Which chart did people install last? That of the newest tag, else of its newest version."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from integration.chart.rendering import CHART, ROOT

SECONDS = 60
VERSION_LINE = "^version:"


def revision() -> str:
    """Return the commit whose chart was the last with a name; skip where there is no history."""
    tags = _git("tag", "--sort=-creatordate", "--merged", "HEAD").split()
    if tags:
        return tags[0]
    path = str((CHART / "Chart.yaml").relative_to(ROOT))
    found = _git("log", "-1", "--format=%H", "-G", VERSION_LINE, "--", path).strip()
    if not found:
        pytest.skip("no commit here changed the chart's version")
    return found


def unpacked(folder: Path) -> Path:
    """Return the chart as it was then."""
    path = CHART.relative_to(ROOT)
    done = subprocess.run(
        ("git", "archive", "--format=tar", revision(), str(path)),
        cwd=ROOT, capture_output=True, check=True, timeout=SECONDS,
    )  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / path


def _git(*words: str) -> str:
    done = subprocess.run(
        ("git", *words), cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    if done.returncode != 0:
        pytest.skip(f"no history: {done.stderr.strip()}")
    return done.stdout
