"""How is a file of YAML documents read, and how is a mistake in it told?

An error names document, field, expectation and the value that was found.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from ironbull_kit.expectations import causes, said
from ironbull_messages.problems import MAX_FIELD_ERRORS, Code, FieldError, Problem
from ironbull_messages.resources import KINDS, Document

MAX_BYTES: Final = 1024 * 1024
MAX_DOCUMENTS: Final = 200
MAX_SHOWN: Final = 60


class _Loader(yaml.SafeLoader):
    """Plain data only: no aliases (they can explode), no duplicate keys, and no guessed types."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types
            raise yaml.MarkedYAMLError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - the base's shape
    ) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(None, None, f"{key!r} twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, regex) for tag, regex in rows if tag != "tag:yaml.org,2002:timestamp"]
    for letter, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> tuple[Document, ...]:
    """Read the documents of a file.

    Raises:
        Problem: `document_unreadable`, `document_kind_unknown` or `document_invalid`.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Problem(Code.DOCUMENT_UNREADABLE, f"{path} holds {size} bytes, not ≤ {MAX_BYTES}")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(Code.DOCUMENT_UNREADABLE, f"{path} cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> tuple[Document, ...]:
    """Read the documents of a text; `name` stands in errors.

    Raises:
        Problem: as `load`.
    """
    try:
        found = list(yaml.load_all(text, _Loader))
    except (yaml.YAMLError, RecursionError) as error:
        raise Problem(Code.DOCUMENT_UNREADABLE, f"{name}: {_place(error)}") from error
    documents = [(number, one) for number, one in enumerate(found, start=1) if one is not None]
    if not documents:
        raise Problem(Code.DOCUMENT_UNREADABLE, f"{name} holds no document")
    if len(documents) > MAX_DOCUMENTS:
        raise Problem(
            Code.DOCUMENT_UNREADABLE,
            f"{name} holds {len(documents)} documents, not ≤ {MAX_DOCUMENTS}",
        )
    return tuple(_read(one, f"{name}, document {number}") for number, one in documents)


def _read(raw: object, where: str) -> Document:
    if not isinstance(raw, Mapping):
        raise Problem(Code.DOCUMENT_INVALID, f"{where} must be a mapping, not {_show(raw)}")
    kind = raw.get("kind")
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise Problem(
            Code.DOCUMENT_KIND_UNKNOWN, f"{where} has kind {_show(kind)}, not {', '.join(KINDS)}"
        )
    metadata = raw.get("metadata")
    called = metadata.get("name") if isinstance(metadata, Mapping) else None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        fields = tuple(_field(row) for row in causes(error.errors()))[:MAX_FIELD_ERRORS]
        detail = "; ".join(f"{one.field}: {one.message}" for one in fields)
        title = f"{where} ({kind} {_show(called)})"
        raise Problem(Code.DOCUMENT_INVALID, f"{title}: {detail}"[:4_000], fields) from error


def _field(row: Any) -> FieldError:
    path = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in row["loc"]
    ).lstrip(".")
    message = said(row)
    if row["type"] == "extra_forbidden":
        message = "is unknown, or not honoured yet"
    elif row["type"] != "missing" and not isinstance(row["input"], Mapping | list | tuple):
        message = f"{message}; found {_show(row['input'])}"
    return FieldError(field=path[:512] or "document", message=message[:512])


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or str(error) or type(error).__name__
    return f"line {mark.line + 1}, column {mark.column + 1}: {said}" if mark else str(said)
