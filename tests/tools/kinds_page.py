"""The reference page of the kinds: fields, rules, and the least document of each that is valid."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from fixtures.rule_pairs.pair import document

from ironbull_messages import crds, structural
from ironbull_messages.rules.rule import ChangeRule, CreationRule, Rule

Node = Mapping[str, Any]
DEEP_DEFAULT = "as below"
INTRODUCTION = """\
`kubectl explain tenant.spec` says the same in the terminal. A field that is not here is refused by
its name. Amounts are decimals in quotes; a time in seconds is market time where it says so.

A rule has an id, a place and a message with the values that were wrong. The Kubernetes API keeps
the rules when a document is applied, and the platform keeps the same ones when it reads it:
`ironbull apply` on one machine says what `kubectl apply` says. *Once taken*: until the platform has
taken a document, a mistake in it is mended by the right one.
"""


def lines() -> list[str]:
    """Return the page below its title."""
    out = [INTRODUCTION]
    for kind in crds.KINDS:
        out += _kind(kind, crds.render()[kind.plural]["spec"]["versions"][0])
    return out[:-1]


def _kind(kind: crds.Kind, version: Node) -> list[str]:
    schema = version["schema"]["openAPIV3Schema"]
    place = "no namespace" if kind.scope == "Cluster" else "in the namespace `ironbull-<tenant>`"
    return [
        f"## {kind.name}",
        "",
        schema["description"],
        "",
        f"`kubectl get {kind.plural}`, short `{kind.short}`; {place}.",
        "",
        "The least that is valid:",
        "",
        "```yaml",
        yaml.safe_dump(document(kind.name, {}), sort_keys=False).rstrip(),
        "```",
        "",
        f"### Fields of {kind.name}",
        "",
        *_fields(structural.schema(kind.spec)),
        "",
        f"### Rules of {kind.name}",
        "",
        *_rules(kind.spec.rules),
        "",
        f"### Status of {kind.name}",
        "",
        *_fields(structural.schema(kind.status)),
        "",
    ]


def _fields(node: Node) -> list[str]:
    rows = ["| field | value | default | |", "|---|---|---|---|"]
    for path, one, is_required in _walk(node, ""):
        default = "**required**" if is_required else _default(one)
        rows.append(
            f"| `{path}` | {_value(one)} | {default} | {_cell(one.get('description', ''))} |"
        )
    return rows


def _walk(node: Node, path: str) -> Iterator[tuple[str, Node, bool]]:
    required = node.get("required", ())
    for name, one in node.get("properties", {}).items():
        yield f"{path}{name}", one, name in required
        if "properties" in one:
            yield from _walk(one, f"{path}{name}.")
        elif "properties" in one.get("items", {}):
            yield from _walk(one["items"], f"{path}{name}[].")


def _value(node: Node) -> str:
    if "enum" in node:
        return " or ".join(f"`{word}`" for word in node["enum"])
    match node["type"]:
        case "array":
            return f"list of at most {node['maxItems']}"
        case "object" if "additionalProperties" in node:
            return f"map of at most {node['maxProperties']}"
        case "integer":
            least, most = node.get("minimum"), node.get("maximum")
            return f"integer from {least}" + ("" if most is None else f" to {most}")
        case "string" if "maxLength" in node:
            return f"text of at most {node['maxLength']}"
        case "string":
            return "instant"
        case other:
            return str(other)


def _default(node: Node) -> str:
    if "default" not in node:
        return ""
    default = node["default"]
    if isinstance(default, Mapping):
        return DEEP_DEFAULT
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _rules(rules: Sequence[Rule]) -> list[str]:
    rows = ["| id | when | field | message |", "|---|---|---|---|"]
    for rule in rules:
        field = f"{rule.place}.{rule.field}".removeprefix("spec.")
        says = _cell(rule.message_without_values())
        rows.append(f"| `{rule.id}` | {_when(rule)} | `{field}` | {says} |")
    return rows


def _when(rule: Rule) -> str:
    match rule:
        case ChangeRule():
            return "changed, once taken" if rule.once_taken else "changed"
        case CreationRule():
            return "created, changed"
        case _:
            return "always"


def _cell(text: str) -> str:
    """Escape what a table and HTML would take for their own, but in code."""
    parts = text.replace("|", "\\|").split("`")
    parts[::2] = [part.replace("<", "&lt;").replace("\n\n", "<br>") for part in parts[::2]]
    return "`".join(parts)
