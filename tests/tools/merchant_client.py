"""Render the merchant client's operations and models from the merchant API's OpenAPI document.

Closed going out, open coming in: a request's set of words is a `Literal`, an answer's is text, and
what an answer has more than its model is passed over, so that an older client reads a newer API.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tools.check import BIN

from ironbull_messages.amounts import SIGNED_PATTERN, UNSIGNED_PATTERN

Schema = dict[str, Any]

NOTE: Final = "Rendered by `make generate`; change the API's routes and bodies instead."
VERBS: Final = {"post": "create", "put": "set", "delete": "delete", "get": "get"}
LISTING: Final = "Listing"
_AMOUNTS: Final = frozenset({SIGNED_PATTERN, UNSIGNED_PATTERN})
_REFERENCE: Final = "#/components/schemas/"
_FORMAT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of the client."""

    verb: str
    path: str
    name: str
    sentence: str
    answer: str
    places: tuple[str, ...]
    body: dict[str, tuple[str, bool]]
    """Type and whether it is required, by field."""
    query: dict[str, str]
    takes_key: bool


class Document:
    """An OpenAPI document, read for the client."""

    def __init__(self, text: str) -> None:
        found = json.loads(text)
        self._schemas: dict[str, Schema] = found["components"]["schemas"]
        self._paths: dict[str, dict[str, Schema]] = found["paths"]

    def operations(self) -> Iterator[Operation]:
        """Yield all operations by path."""
        for path, known in self._paths.items():
            for verb, found in known.items():
                yield self._operation(verb, path, found)

    def answers(self) -> dict[str, Schema]:
        """Return the schemas that operations answer with."""
        names = {one.answer.removeprefix("models.") for one in self.operations()}
        return {name: self._schemas[name] for name in sorted(names & set(self._schemas))}

    def outgoing(self, schema: Schema) -> str:
        """Return the type of what a caller gives."""
        schema = self._resolved(schema)
        if "enum" in schema:
            return f"Literal[{', '.join(map(repr, schema['enum']))}]"
        if schema.get("pattern") in _AMOUNTS:
            return "Amount"
        kind = self._plain(schema, self.outgoing)
        return "UUID | str" if kind == "UUID" else kind

    def incoming(self, schema: Schema) -> str:
        """Return the type of what an answer holds."""
        schema = self._resolved(schema)
        if schema.get("pattern") in _AMOUNTS:
            return "Decimal"
        return self._plain(schema, self.incoming)

    def _operation(self, verb: str, path: str, found: Schema) -> Operation:
        parameters = found.get("parameters", [])
        answer = self._answer(found)
        return Operation(
            verb=verb.upper(),
            path=path,
            name=_name(verb, path, found["operationId"], answer),
            sentence=found["description"],
            answer=answer,
            places=tuple(one["name"] for one in parameters if one["in"] == "path"),
            body=self._body(found),
            query={
                one["name"]: self.outgoing(one["schema"])
                for one in parameters
                if one["in"] == "query"
            },
            takes_key=any(one["name"] == "Idempotency-Key" for one in parameters),
        )

    def _answer(self, found: Schema) -> str:
        (good,) = [row for status, row in found["responses"].items() if status.startswith("2")]
        schema = good["content"]["application/json"]["schema"]
        if "$ref" in schema:
            return f"models.{schema['$ref'].removeprefix(_REFERENCE)}"
        return self.incoming(schema)

    def _body(self, found: Schema) -> dict[str, tuple[str, bool]]:
        if "requestBody" not in found:
            return {}
        schema = self._resolved(found["requestBody"]["content"]["application/json"]["schema"])
        required = schema.get("required", [])
        return {
            name: (self.outgoing(shape), name in required)
            for name, shape in sorted(
                schema["properties"].items(), key=lambda one: one[0] not in required
            )
        }

    def _resolved(self, schema: Schema) -> Schema:
        """Follow a reference, and look through `or null`."""
        if "$ref" in schema:
            return self._schemas[schema["$ref"].removeprefix(_REFERENCE)]
        full = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
        return full[0] if full[0] is schema else self._resolved(full[0])

    @staticmethod
    def _plain(schema: Schema, inner: Any) -> str:
        match schema:
            case {"type": "array", "items": items}:
                return f"tuple[{inner(items)}, ...]"
            case {"type": "object"}:
                return "dict[str, Any]"
            case {"format": "uuid"}:
                return "UUID"
            case {"type": kind}:
                return {"string": "str", "integer": "int", "boolean": "bool"}[kind]
            case _:
                raise ValueError(f"no type for {schema}")


def models(document: Document) -> str:
    """Return the module of the answers."""
    lines = [
        f'"""What does the merchant API answer?\n\n{NOTE}\n"""',
        "from decimal import Decimal",
        "from typing import Any",
        "from uuid import UUID",
        "from pydantic import BaseModel, ConfigDict",
        "class _Answer(BaseModel):",
        '    """What a later version adds is passed over."""',
        '    model_config = ConfigDict(frozen=True, extra="ignore")',
    ]
    for name, schema in document.answers().items():
        lines += [f"class {name}(_Answer):", f'    """{schema["description"]}"""', ""]
        lines += [
            f"    {field}: {_or_none(shape, document.incoming(shape))}{_default(shape)}"
            for field, shape in schema["properties"].items()
        ]
    return _formatted(lines)


def operations(document: Document, *, is_async: bool) -> str:
    """Return the module of the methods, plain or awaited."""
    word, wait = ("async ", "await ") if is_async else ("", "")
    lines = [
        f'"""What can a tenant ask of the merchant API?\n\n{NOTE}\n"""',
        "from abc import ABC, abstractmethod",
        "from typing import Any, Literal",
        "from uuid import UUID",
        "from ironbull_client.call import Amount, Answer, Call, fresh_key, segment",
        "from ironbull_client.generated import models",
        f"class {'Async' if is_async else ''}Operations(ABC):",
        '    """One method per operation; what is left out is the platform\'s default."""',
        "    @abstractmethod",
        f"    {word}def send(self, call: Call[Answer]) -> Answer:",
        '        """Send a call and return its answer."""',
    ]
    for one in sorted(document.operations(), key=lambda one: (one.path, one.verb)):
        lines += [
            f"    {word}def {one.name}({_signature(one)}) -> {one.answer}:",
            f'        """{one.sentence}"""',
            f"        return {wait}self.send(Call({_call(one)}))",
        ]
    return _formatted(lines)


def package() -> str:
    """Return the `__init__` of the rendered modules."""
    return f'"""Operations and answers of the merchant API.\n\n{NOTE}\n"""\n'


def _name(verb: str, path: str, operation_id: str, answer: str) -> str:
    """Return the method's name: the route's own noun after the verb of the client."""
    noun = operation_id.removesuffix(re.sub(r"\W", "_", path) + f"_{verb}").removeprefix(f"{verb}_")
    is_list = answer == f"models.{LISTING}"
    return f"{'list' if is_list else VERBS[verb]}_{noun}"


def _signature(one: Operation) -> str:
    named = [f"{name}: {kind}" for name, (kind, required) in one.body.items() if required]
    named += [f"{name}: {kind} | None = None" for name, (kind, req) in one.body.items() if not req]
    named += [f"{name}: {kind} | None = None" for name, kind in one.query.items()]
    if one.takes_key:
        named.append("idempotency_key: str | None = None")
    places = [f"{name}: UUID | str" for name in one.places]
    return ", ".join(["self", *places, *(["*", *named] if named else [])])


def _call(one: Operation) -> str:
    path = re.sub(r"\{(\w+)\}", r"{segment(\1)}", one.path)
    mark = "f" if one.places else ""
    parts = [f'"{one.verb}"', f'{mark}"{path}"', one.answer]
    for what, names in (("query", one.query), ("body", one.body)):
        if names:
            pairs = ", ".join(f'"{name}": {name}' for name in names)
            parts.append(f"{what}={{{pairs}}}")
    if one.takes_key:
        parts.append("idempotency_key=idempotency_key or fresh_key()")
    return ", ".join(parts)


def _or_none(schema: Schema, kind: str) -> str:
    may_be_none = any(one.get("type") == "null" for one in schema.get("anyOf", ()))
    return f"{kind} | None" if may_be_none else kind


def _default(schema: Schema) -> str:
    return " = None" if _or_none(schema, "").endswith("None") else ""


def _formatted(lines: list[str]) -> str:
    """Let ruff lay it out and drop the imports that this document does not need."""
    text = "\n".join(lines)
    for words in (("check", "--fix-only", "--select", "F401,I"), ("format",)):
        done = subprocess.run(
            (str(BIN / "ruff"), *words, "--quiet", "--stdin-filename", "rendered.py", "-"),
            input=text, capture_output=True, text=True, check=True, timeout=_FORMAT_SECONDS,
        )  # fmt: skip
        text = done.stdout
    return text
