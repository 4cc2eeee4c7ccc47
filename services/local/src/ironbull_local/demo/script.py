"""Which documents does the demo run on, and how are they applied?"""

import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Final

import yaml

from ironbull_local.commands import documents
from ironbull_local.folder import DataFolder
from ironbull_messages.problems import Code, Problem

APPLY_SECONDS: Final = 120.0


def two_tenants() -> str:
    """Return the documents of both tenants."""
    return files("ironbull_local.demo").joinpath("two-tenants.yaml").read_text(encoding="utf-8")


def paused() -> str:
    """Return the same documents with every strategy paused."""
    rows = list(yaml.safe_load_all(two_tenants()))
    for row in rows:
        if row["kind"] == "Strategy":
            row["spec"]["desiredState"] = "Paused"
    return yaml.safe_dump_all(rows)


def apply(folder: DataFolder, text: str) -> None:
    """Apply documents and wait until they are carried out.

    Raises:
        Problem: one was refused, with its reason.
    """
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "documents.yaml"
        path.write_text(text)
        changes = documents.store(folder, [path])
    refused = documents.await_outcomes(folder, changes, APPLY_SECONDS)
    if refused:
        told = "; ".join(f"{reference}: {why}" for reference, why in refused)
        raise Problem(Code.PROCESS_FAILED, f"not carried out: {told}")
