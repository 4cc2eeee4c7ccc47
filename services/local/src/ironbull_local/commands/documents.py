"""How are documents applied and looked at?"""

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from ironbull_kit.documents import load
from ironbull_local import folder as folders
from ironbull_local import view
from ironbull_local.commands.options import AsJson, Data, Files, data_folder
from ironbull_local.folder import DataFolder
from ironbull_local.observed import ObservedStore, Outcome
from ironbull_local.store import Change, DocumentStore, Stored
from ironbull_messages import crds
from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import Document

WAIT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.2


def apply(
    files: Files = None,
    data: Data = None,
    *,
    wait: Annotated[
        bool, typer.Option(help="Wait until a running platform has taken the documents in.")
    ] = True,
    json: AsJson = False,
) -> None:
    """Store documents; a running platform carries them out, and a stopped one when it starts.

    All documents are stored or, when one is wrong, none.
    """
    folder = data_folder(data)
    try:
        changes = store(folder, files or [])
        running = folders.holder(folder) is not None
        refused = await_outcomes(folder, changes) if wait and running else []
    except Problem as problem:
        raise view.fail(problem) from problem
    if json:
        view.as_json([{"document": one.reference, "change": change} for one, change in changes])
    else:
        for one, change in changes:
            view.line(f"{one.reference} {change.value}")
    for reference, why in refused:
        view.err.print(f"{reference}: {why}", markup=False)
    if refused:
        raise typer.Exit(view.EXIT_WRONG)


def get(
    kind: Annotated[str, typer.Argument(help="tenant, strategy or executionnode; empty: all")] = "",
    data: Data = None,
    *,
    json: AsJson = False,
) -> None:
    """List what was applied and what came of it."""
    folder = data_folder(data)
    try:
        documents = _stored(folder, _kind(kind))
        observed = ObservedStore(folder)
    except Problem as problem:
        raise view.fail(problem) from problem
    if json:
        view.as_json([_as_row(one, observed) for one in documents])
        return
    columns = ("document", "generation", "outcome", "problem")
    rows = [_as_row(one, observed) for one in documents]
    view.table(
        [name.upper() for name in columns], [[str(row[name]) for name in columns] for row in rows]
    )


def _stored(folder: DataFolder, kind: str) -> list[Stored]:
    """Return the documents of a kind, all when it is empty; nothing is made by looking."""
    if not folder.format_file.exists():
        raise Problem(Code.NOT_RUNNING, f"there is no installation in {folder.root}")
    return [one for one in DocumentStore(folder).all() if kind in {"", one.document.kind}]


def _kind(word: str) -> str:
    """Return the kind that a person means, singular or plural or short; empty: all of them.

    Raises:
        Problem: there is no such kind.
    """
    known = {
        name.lower(): kind.name
        for kind in crds.KINDS
        for name in (kind.name, kind.plural, kind.short)
    }
    known |= {"namespace": "Namespace", "namespaces": "Namespace", "ns": "Namespace", "": ""}
    found = known.get(word.lower())
    if found is None:
        names = ", ".join(name for name in sorted(known) if name)
        raise Problem(Code.NOT_FOUND, f"no kind is named {word!r}; there are {names}")
    return found


def store(folder: DataFolder, files: list[Path]) -> list[tuple[Stored, Change]]:
    """Load all files and store all their documents, or none.

    Raises:
        Problem: a document that cannot be read or does not fit.
    """
    if not files:
        raise Problem(Code.DOCUMENT_UNREADABLE, "no file was named: ironbull apply -f FILE")
    documents: list[Document] = []
    for path in files:
        if not path.is_file():
            raise Problem(Code.DOCUMENT_UNREADABLE, f"there is no file {path}")
        documents.extend(load(path))
    folders.prepare(folder)
    observed = ObservedStore(folder)

    def is_taken(one: Stored) -> bool:
        found = observed.get(one)
        return found is not None and found.outcome is Outcome.OK

    return DocumentStore(folder).apply(documents, is_taken)


def await_outcomes(
    folder: DataFolder, changes: list[tuple[Stored, Change]], seconds: float = WAIT_SECONDS
) -> list[tuple[str, str]]:
    """Wait until each document has an outcome; return those that were not carried out and why."""
    deadline = time.monotonic() + seconds
    while True:
        observed = ObservedStore(folder)
        outcomes = [(one, observed.get(one)) for one, _ in changes]
        waiting = [one for one, found in outcomes if found is None or _is_pending(found.outcome)]
        if not waiting or time.monotonic() >= deadline:
            break
        time.sleep(_POLL_SECONDS)
    return [
        (one.reference, found.problem if found else "not taken in yet")
        for one, found in outcomes
        if found is None or found.outcome is not Outcome.OK
    ]


def _is_pending(outcome: Outcome) -> bool:
    return outcome is Outcome.PENDING


def _as_row(one: Stored, observed: ObservedStore) -> dict[str, str | int]:
    found = observed.get(one)
    return {
        "document": one.reference,
        "uid": one.uid,
        "generation": one.generation,
        "outcome": (found.outcome if found else Outcome.PENDING).value,
        "problem": found.problem if found else "",
    }
