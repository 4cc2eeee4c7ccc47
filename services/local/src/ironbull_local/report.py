"""How does the platform do, and how does one begin to use it?"""

from dataclasses import asdict, dataclass
from typing import Any

from ironbull_local import folder as folders
from ironbull_local import keys, observed, troubles
from ironbull_local.folder import DataFolder
from ironbull_local.observed import ObservedStore, Outcome, Phase
from ironbull_local.process import State
from ironbull_local.store import DocumentStore


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """What came of one document."""

    reference: str
    outcome: Outcome
    problem: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `ironbull status` shows."""

    phase: Phase
    processes: list[dict[str, Any]]
    documents: list[DocumentRow]
    endpoints: dict[str, str]
    wrong: list[str]

    def process_rows(self) -> list[tuple[str, ...]]:
        """Return the table of processes."""
        return [
            (row["name"], row["state"], str(row["pid"] or "-"), str(row["starts"]), row["log"])
            for row in self.processes
        ]

    def document_rows(self) -> list[tuple[str, ...]]:
        """Return the table of documents."""
        return [(row.reference, row.outcome.value, row.problem) for row in self.documents]

    def to_json(self) -> dict[str, Any]:
        """Return everything for programs."""
        return asdict(self)


def make(folder: DataFolder) -> Report:
    """Look at the platform of a folder."""
    phase = observed.phase(folder)
    processes = process_table(folder) if phase is not Phase.STOPPED else []
    documents = _documents(folder)
    endpoints: dict[str, str] = folders.read_json(folder.endpoints_file) if processes else {}
    wrong = _wrong(folder, phase, processes, documents)
    if phase is Phase.READY and "platform" in endpoints:
        wrong += troubles.find(endpoints["platform"], folder.secret(keys.PLATFORM_TOKEN))
    return Report(phase, processes, documents, endpoints, wrong)


def process_table(folder: DataFolder) -> list[dict[str, Any]]:
    """Return the processes as `up` wrote them last."""
    rows: list[dict[str, Any]] = folders.read_json(folder.processes_file).get("processes", [])
    return rows


def welcome(folder: DataFolder, endpoints: dict[str, str]) -> list[str]:
    """Return what a person needs to begin."""
    lines = [f"{name:9} {url}" for name, url in endpoints.items()]
    tenants = [one.document.metadata.name for one in DocumentStore(folder).all()
               if one.document.kind == "Tenant"]  # fmt: skip
    lines += [
        f"merchant key of {tenant}: cat {folder.merchants / f'{tenant}.json'}" for tenant in tenants
    ]
    if not tenants:
        lines.append("no tenant yet: ironbull apply -f documents.yaml")
    return [
        *lines,
        "ready; see `ironbull status`, stop with Ctrl-C or `ironbull down`",
    ]


def _documents(folder: DataFolder) -> list[DocumentRow]:
    if not folder.documents.exists():
        return []
    store = ObservedStore(folder)
    rows = []
    for one in DocumentStore(folder).all():
        found = store.get(one)
        outcome = found.outcome if found else Outcome.PENDING
        rows.append(DocumentRow(one.reference, outcome, found.problem if found else ""))
    return rows


def _wrong(
    folder: DataFolder,
    phase: Phase,
    processes: list[dict[str, Any]],
    documents: list[DocumentRow],
) -> list[str]:
    wrong = []
    if phase is not Phase.READY:
        told = folders.read_json(folder.state / "phase.json").get("problem", "")
        wrong.append(f"the platform is {phase.value}" + (f": {told}" if told else ""))
    wrong += [
        f"process {row['name']} is {row['state']} after {row['starts']} starts, see {row['log']}"
        for row in processes
        if row["state"] != State.READY.value
    ]
    wrong += [
        f"document {row.reference} is {row.outcome.value}"
        + (f": {row.problem}" if row.problem else "")
        for row in documents
        if row.outcome is not Outcome.OK
    ]
    return wrong
