"""What of the cluster is known without asking? The newest version of each object that is watched.

As in controller-runtime, reads are answered from here and writes go to the API; the answer of a
write is known at once, so that nobody reads what was before an own write. Versions of one object
are compared as the numbers that they are.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ironbull_messages.resources import TENANT_LABEL
from ironbull_operator.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    EXECUTION_NODE,
    INGRESS,
    NAMESPACE,
    SERVICE,
    STATEFUL_SET,
    STRATEGY,
    TENANT,
    Kind,
    Object,
    Ref,
)

OURS: Final = (TENANT, STRATEGY, EXECUTION_NODE)
QUIET: Final = (
    SERVICE,
    INGRESS,
    Kind("v1", "ResourceQuota"),
    Kind("policy/v1", "PodDisruptionBudget"),
)
"""Watched, but their status tells nothing that a reconcile reads."""
CHILDREN: Final = (
    NAMESPACE,
    DEPLOYMENT,
    STATEFUL_SET,
    CONFIG_MAP,
    *QUIET,
    Kind("v1", "LimitRange"),
    Kind("networking.k8s.io/v1", "NetworkPolicy"),
    Kind("rbac.authorization.k8s.io/v1", "RoleBinding"),
)
"""Watched where they bear a tenant's label."""
WATCHED: Final = (*OURS, *CHILDREN)
_NOWHERE: Final = ""
"""Where objects without a namespace are kept."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """The newest version of an object.

    Args:
        text: its JSON, a quarter of what the parsed object takes; None: it is gone, and no older
            version may come back.
    """

    version: int
    text: bytes | None


@dataclass(slots=True)
class Seen:
    """Objects by kind, namespace and name."""

    _places: dict[Kind, dict[str, dict[str, _Entry]]] = field(
        default_factory=lambda: {kind: {} for kind in WATCHED}
    )
    _whole: set[Kind] = field(default_factory=set)
    """Kinds of which every object that is watched is known."""
    _doubted: set[Ref] = field(default_factory=set)

    def one(self, ref: Ref) -> Object | None:
        """Return an object; None: the API must be asked."""
        entry = self._entry(ref)
        return None if entry is None or ref in self._doubted else _read(entry)

    def all(
        self, kind: Kind, namespace: str | None, labels: Mapping[str, str] | None = None
    ) -> Sequence[Object] | None:
        """Return the objects of a kind; None: the API must be asked.

        Args:
            namespace: None means all of them.
            labels: that they bear.
        """
        if kind not in self._whole:
            return None
        wanted = (labels or {}).items()
        return [
            one
            for entry in self._entries(kind, namespace)
            if (one := _read(entry)) is not None and wanted <= _labels(one).items()
        ]

    def learn(self, thing: Object) -> bool:
        """Keep a version of an object; tell whether it is news that somebody should look at."""
        if not is_watched(thing):
            return False
        ref, version = Ref.of(thing), _version(thing)
        before = self._entry(ref)
        if before is not None and before.version > version:
            return False
        self._doubted.discard(ref)
        if before is not None and before.version == version:
            return False
        text = _text(thing)
        self._place(ref)[ref.name] = _Entry(version, text)
        if ref.kind not in QUIET or before is None:
            return True
        return before.text is None or _essence(before.text) != _essence(text)

    def lose(self, thing: Object) -> bool:
        """Know that an object is gone, by its last version; tell whether that is news."""
        ref, version = Ref.of(thing), _version(thing)
        if ref.kind not in self._places:
            return False
        before = self._entry(ref)
        if before is not None and before.version > version:
            return False  # there is a later one of this name
        self._place(ref)[ref.name] = _Entry(version, None)
        self._doubted.discard(ref)
        return True

    def doubt(self, ref: Ref) -> None:
        """Have the API asked for an object; a list holds it as it was seen last until then."""
        if self._entry(ref) is not None:
            self._doubted.add(ref)

    def miss(self, ref: Ref) -> None:
        """Know that the API, when it was asked, had no such object."""
        if ref in self._doubted:
            self._doubted.discard(ref)
            self._place(ref).pop(ref.name, None)

    def finish(self, kind: Kind, there: Collection[Ref], version: int) -> list[Object]:
        """Know all of a kind after a list; return what went away unnoticed.

        Args:
            there: what the list held.
            version: of the list; what is newer stays.
        """
        gone = []
        for namespace, place in list(self._places[kind].items()):
            for name, entry in list(place.items()):
                ref = Ref(kind, name, namespace or None)
                if ref in there or entry.version > version:
                    continue
                del place[name]
                self._doubted.discard(ref)
                if (last := _read(entry)) is not None:
                    gone.append(last)
            if not place:
                del self._places[kind][namespace]
        self._whole.add(kind)
        return gone

    def _entry(self, ref: Ref) -> _Entry | None:
        names = self._places.get(ref.kind, {}).get(ref.namespace or _NOWHERE)
        return None if names is None else names.get(ref.name)

    def _entries(self, kind: Kind, namespace: str | None) -> Iterator[_Entry]:
        places = self._places[kind]
        chosen = places.values() if namespace is None else [places.get(namespace, {})]
        for place in chosen:
            yield from place.values()

    def _place(self, ref: Ref) -> dict[str, _Entry]:
        return self._places[ref.kind].setdefault(ref.namespace or _NOWHERE, {})


def is_watched(thing: Object) -> bool:
    """Tell whether the watch tells of this very object."""
    kind = Ref.of(thing).kind
    return kind in OURS or (kind in CHILDREN and TENANT_LABEL in _labels(thing))


def _labels(thing: Object) -> Mapping[str, str]:
    found: Mapping[str, str] = thing["metadata"].get("labels") or {}
    return found


def _version(thing: Object) -> int:
    return int(thing["metadata"]["resourceVersion"])


def _text(thing: Object) -> bytes:
    metadata = {key: one for key, one in thing["metadata"].items() if key != "managedFields"}
    return json.dumps({**thing, "metadata": metadata}, separators=(",", ":")).encode()


def _read(entry: _Entry) -> Object | None:
    if entry.text is None:
        return None
    found: Object = json.loads(entry.text)
    return found


def _essence(text: bytes) -> Object:
    thing: Object = json.loads(text)
    thing.pop("status", None)
    thing["metadata"].pop("resourceVersion")
    return thing
