"""How does a model become a schema as Kubernetes wants it?

Structural: no `$ref`, no `anyOf` with null, one type per node
(https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ironbull_messages.resources.parts import Spec

_DROPPED: Final = frozenset(
    {
        "title",
        "discriminator",
        "$defs",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
    }
)


def schema(model: type[Spec]) -> dict[str, Any]:
    """Return the schema of a model and of all that is in it."""
    found = model.model_json_schema(by_alias=True)
    return _structural(found, found.get("$defs", {}))


def with_values_told(node: dict[str, Any]) -> dict[str, Any]:
    """Say range and default in words: `kubectl explain` shows neither. The schema is changed."""
    for one in node.get("properties", {}).values():
        words = [one.get("description", ""), *_range(one), *_default(one)]
        one["description"] = " ".join(word for word in words if word)
        with_values_told(one)
        with_values_told(one.get("items", {}))
    return node


def _range(node: Mapping[str, Any]) -> Iterator[str]:
    if node.get("type") == "integer":
        least, most = node.get("minimum"), node.get("maximum")
        yield f"At least {least}." if most is None else f"From {least} to {most}."


def _default(node: Mapping[str, Any]) -> Iterator[str]:
    default = node.get("default")
    if default is not None and not isinstance(default, Mapping | list):
        yield f"Default: {json.dumps(default)}."


def paragraphs(text: str) -> str:
    """Undo the line breaks of a docstring; a blank line stays the end of a paragraph."""
    return "\n\n".join(" ".join(one.split()) for one in text.split("\n\n"))


def _structural(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Inline references, turn `const` into `enum`, and an optional value into one that may miss.

    It is not nullable: the API then drops a null, so that no rule ever meets one.
    """
    if "$ref" in node:
        target = definitions[str(node["$ref"]).rsplit("/", 1)[1]]
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _structural({**target, **rest}, definitions)
    if "anyOf" in node:
        (kept,) = (option for option in node["anyOf"] if option.get("type") != "null")
        rest = {key: value for key, value in node.items() if key != "anyOf"}
        return _structural({**kept, **rest}, definitions)
    out: dict[str, Any] = {key: value for key, value in node.items() if key not in _DROPPED}
    if "const" in out:
        out["enum"] = [out.pop("const")]
    if "description" in out:
        out["description"] = paragraphs(out["description"])
    if "properties" in out:
        out["properties"] = {k: _structural(v, definitions) for k, v in out["properties"].items()}
    if "items" in out:
        out["items"] = _structural(out["items"], definitions)
    out |= _named_values(node, definitions)
    if "default" in out:
        out["default"] = _without_nulls(out["default"])
        if out["default"] is None:
            del out["default"]
    return out


def _named_values(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a map says of its values; a structural schema knows no names, a rule does."""
    out: dict[str, Any] = {}
    for pattern, values in node.get("patternProperties", {}).items():
        out["additionalProperties"] = _structural(values, definitions)
        out["x-kubernetes-validations"] = [
            {
                "rule": f"self.all(name, name.matches({json.dumps(pattern)}))",
                "message": f"every name must match {pattern}",
            }
        ]
    values = node.get("additionalProperties")
    if isinstance(values, Mapping):
        out["additionalProperties"] = _structural(values, definitions)
    return out


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: _without_nulls(one) for key, one in value.items() if one is not None}
