"""Which documents were applied on this machine, in which generation, and what came of them?

One file per document, as etcd keeps one key; the running platform watches the folder.
"""

import fcntl
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ironbull_local import folder as folders
from ironbull_local import honoured
from ironbull_local.folder import DataFolder
from ironbull_messages.base import MAX_TEXT
from ironbull_messages.problems import Code, FieldError, Problem
from ironbull_messages.resources import (
    KINDS,
    Document,
    ExecutionNode,
    NamespaceDocument,
    Strategy,
    Tenant,
)
from ironbull_messages.resources.parts import TAKEN_BEFORE

MAX_DOCUMENTS: Final = 10_000
_CLUSTER_SCOPE: Final = "_cluster"


class Change(StrEnum):
    """What an apply did to one document, in kubectl's words."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it was applied last.

    Args:
        uid: differs for a document that was deleted and made again.
        generation: counts the changes of the spec, from 1.
    """

    uid: str
    generation: int
    document: Document

    @property
    def reference(self) -> str:
        """Return `Kind/name` or `Kind/namespace/name`."""
        return reference(self.document)


def reference(document: Document) -> str:
    """Return `Kind/name` or `Kind/namespace/name`."""
    place = document.metadata.namespace
    parts = (document.kind, *((place,) if place else ()), document.metadata.name)
    return "/".join(parts)


class DocumentStore:
    """The documents of one data folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._root = folder.documents

    def apply(
        self, documents: Iterable[Document], is_taken: Callable[[Stored], bool] = lambda _: True
    ) -> list[tuple[Stored, Change]]:
        """Store all documents or, when one does not fit the others, none.

        Args:
            documents: what is applied.
            is_taken: the platform carries out what was stored; until then a mistake is mended.

        Raises:
            Problem: `no_tenant`, `venue_unknown`, `document_invalid`.
        """
        given = list(documents)
        for one in given:
            honoured.check(one)
        with self._locked():
            stored = {entry.reference: entry for entry in self._read_all()}
            _check_references([*(entry.document for entry in stored.values()), *given])
            for one in given:
                old = stored.get(reference(one))
                _check_change(one, old, is_taken=old is not None and is_taken(old))
            return [self._put(stored.get(reference(one)), one) for one in given]

    def all(self) -> list[Stored]:
        """Return all documents: tenants first, then what lies in them, by name."""
        with self._locked():
            entries = list(self._read_all())
        order = list(KINDS)
        return sorted(
            entries, key=lambda entry: (order.index(entry.document.kind), entry.reference)
        )

    def fingerprint(self) -> tuple[tuple[str, int], ...]:
        """Return what changes with every apply; cheap enough to ask for often."""
        return tuple(
            sorted((str(path), path.stat().st_mtime_ns) for path in self._root.rglob("*.json"))
        )

    def _put(self, old: Stored | None, document: Document) -> tuple[Stored, Change]:
        if old is not None and old.document == document:
            return old, Change.UNCHANGED
        changed = old is None or _spec(old.document) != _spec(document)
        new = Stored(
            uid=str(uuid.uuid4()) if old is None else old.uid,
            generation=1 if old is None else old.generation + int(changed),
            document=document,
        )
        folders.write_json(
            self._path(document),
            {
                "uid": new.uid,
                "generation": new.generation,
                "document": document.model_dump(mode="json", by_alias=True),
            },
        )
        return new, Change.CREATED if old is None else Change.CONFIGURED

    def _read_all(self) -> Iterator[Stored]:
        for path in sorted(self._root.rglob("*.json"))[:MAX_DOCUMENTS]:
            raw = folders.read_json(path)
            kind = KINDS[raw["document"]["kind"]]
            document = kind.model_validate(raw["document"], context=TAKEN_BEFORE)
            yield Stored(raw["uid"], raw["generation"], document)

    def _path(self, document: Document) -> Path:
        place = document.metadata.namespace or _CLUSTER_SCOPE
        return self._root / document.kind / place / f"{document.metadata.name}.json"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _spec(document: Document) -> Any:
    return None if isinstance(document, NamespaceDocument) else document.spec


def _check_change(document: Document, old: Stored | None, *, is_taken: bool) -> None:
    """Refuse a change that breaks a rule, as a cluster's API does."""
    if isinstance(document, NamespaceDocument):
        return
    before = old.document if old else None
    was = None if before is None or isinstance(before, NamespaceDocument) else before.spec
    wrong = tuple(
        FieldError(field=one.field, message=one.message[:MAX_TEXT])
        for one in document.spec.broken_as_change_of(was, is_taken=is_taken)
    )
    if wrong:
        told = "; ".join(f"{one.field}: {one.message}" for one in wrong)
        raise Problem(Code.DOCUMENT_INVALID, f"{reference(document)}: {told}", wrong)


def _check_references(documents: list[Document]) -> None:
    tenants = {one.metadata.name: one for one in documents if isinstance(one, Tenant)}
    for one in documents:
        if not isinstance(one, Strategy | ExecutionNode):
            continue
        tenant = tenants.get(one.tenant)
        if tenant is None:
            raise Problem(Code.NO_TENANT, f"{reference(one)}: there is no Tenant/{one.tenant}")
        venues = sorted(venue.name for venue in tenant.spec.venues)
        if one.spec.venue not in venues:
            raise Problem(
                Code.VENUE_UNKNOWN,
                f"{reference(one)}: spec.venue is {one.spec.venue!r},"
                f" Tenant/{one.tenant} has {', '.join(venues)}",
            )
