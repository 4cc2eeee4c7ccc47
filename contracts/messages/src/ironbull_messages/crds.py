"""Which CustomResourceDefinitions do the documents make? Rendered from the models of `resources`.

Kubernetes wants structural schemas: no `$ref`, no `anyOf` with null, one type per node
(https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ironbull_messages.base import NAME_PATTERN
from ironbull_messages.resources import (
    GROUP,
    ExecutionNodeSpec,
    Spec,
    StrategySpec,
    TenantSpec,
)
from ironbull_messages.resources.parts import RuledSpec
from ironbull_messages.rules.rule import CreationRule, Rule, Rules
from ironbull_messages.statuses import (
    ExecutionNodeStatus,
    Status,
    StrategyStatus,
    TenantStatus,
)

VERSION: Final = "v1alpha1"
_DROPPED: Final = frozenset({"title", "discriminator", "$defs", "additionalProperties"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of `kubectl get`."""

    name: str
    path: str
    type: str = "string"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its names, its scope, the models of its spec and status."""

    name: str
    plural: str
    short: str
    scope: str
    spec: type[RuledSpec]
    status: type[Status]
    columns: Sequence[Column]
    scale: Mapping[str, str] | None = None
    """Paths of the scale subresource; None: it does not scale."""


# Only here does the API let a rule look at metadata.
_NAME_RULE: Final = {
    "rule": f"self.metadata.name.matches({json.dumps(NAME_PATTERN)})",
    "message": "metadata.name must be at most 40 lower-case letters, digits and hyphens, begin with"
    " a letter and not end with a hyphen",
}
CONDITION_COLUMNS: Final = (
    Column("Ready", '.status.conditions[?(@.type=="Ready")].status'),
    Column("Reason", '.status.conditions[?(@.type=="Ready")].reason'),
    Column("Age", ".metadata.creationTimestamp", "date"),
)
KINDS: Final = (
    Kind(
        "Tenant",
        "tenants",
        "ibt",
        "Cluster",
        TenantSpec,
        TenantStatus,
        (Column("State", ".spec.state"),),
    ),
    Kind(
        "Strategy",
        "strategies",
        "strat",
        "Namespaced",
        StrategySpec,
        StrategyStatus,
        (
            Column("Class", ".spec.classRef.name"),
            Column("State", ".spec.desiredState"),
            Column("Switch", ".status.killSwitch.effective"),
        ),
    ),
    Kind(
        "ExecutionNode",
        "executionnodes",
        "xn",
        "Namespaced",
        ExecutionNodeSpec,
        ExecutionNodeStatus,
        (
            Column("Venue", ".spec.venue"),
            Column("Desired", ".spec.replicas", "integer"),
            Column("Serving", ".status.readyReplicas", "integer"),
        ),
        {
            "specReplicasPath": ".spec.replicas",
            "statusReplicasPath": ".status.replicas",
            "labelSelectorPath": ".status.selector",
        },
    ),
)


def render() -> dict[str, dict[str, Any]]:
    """Return each definition under its file's stem, as `tenants`."""
    return {kind.plural: _definition(kind) for kind in KINDS}


def _definition(kind: Kind) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": kind.scope,
            "names": {
                "kind": kind.name,
                "plural": kind.plural,
                "singular": kind.name.lower(),
                "shortNames": [kind.short],
                "categories": ["ironbull"],
            },
            "versions": [_version(kind)],
        },
    }


def _version(kind: Kind) -> dict[str, Any]:
    subresources: dict[str, Any] = {"status": {}}
    if kind.scale is not None:
        subresources["scale"] = dict(kind.scale)
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": subresources,
        "additionalPrinterColumns": [
            {"name": column.name, "type": column.type, "jsonPath": column.path}
            for column in (*kind.columns, *CONDITION_COLUMNS)
        ],
        "schema": {
            "openAPIV3Schema": {
                "type": "object",
                "description": (kind.spec.__doc__ or "").strip(),
                "required": ["spec"],
                "x-kubernetes-validations": [_NAME_RULE],
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"type": "object"},
                    "spec": _ruled(_schema(kind.spec), kind.spec.rules),
                    "status": _schema(kind.status),
                },
            }
        },
    }


def _ruled(spec: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """Write each rule at its place; the schema of the spec is changed and returned."""
    for rule in rules:
        node = spec
        for name in rule.place.split(".")[1:]:
            node = node["properties"][name]
        node.setdefault("x-kubernetes-validations", []).append(_validation(rule))
    return spec


def _validation(rule: Rule) -> dict[str, Any]:
    """Return a rule as the API takes it; the plain message is for where the other one fails."""
    out: dict[str, Any] = {"rule": rule.cel, "message": rule.message_without_values()}
    if expression := rule.message_in_cel():
        out["messageExpression"] = expression
    out["fieldPath"] = f".{rule.field}"
    if isinstance(rule, CreationRule):
        out["optionalOldSelf"] = True
    return out


def _schema(model: type[Spec]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    return _structural(schema, schema.get("$defs", {}))


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
        rest = {
            k: v for k, v in node.items() if k != "anyOf" and not (k == "default" and v is None)
        }
        return _structural({**kept, **rest}, definitions)
    out: dict[str, Any] = {key: value for key, value in node.items() if key not in _DROPPED}
    if "const" in out:
        out["enum"] = [out.pop("const")]
    if "properties" in out:
        out["properties"] = {k: _structural(v, definitions) for k, v in out["properties"].items()}
    if "items" in out:
        out["items"] = _structural(out["items"], definitions)
    names = out.pop("patternProperties", {})
    for pattern, values in names.items():
        # A structural schema knows no pattern of names; a rule does.
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
        out.pop("propertyNames", None)
    if "default" in out:
        out["default"] = _without_nulls(out["default"])
        if out["default"] is None:
            del out["default"]
    return out


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: _without_nulls(one) for key, one in value.items() if one is not None}
