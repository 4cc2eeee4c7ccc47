"""Which CustomResourceDefinitions do the documents make, from the models of `resources`?"""

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ironbull_messages.base import NAME_PATTERN
from ironbull_messages.resources import (
    GROUP,
    ExecutionNodeSpec,
    StrategySpec,
    TenantSpec,
)
from ironbull_messages.resources import (
    KINDS as DOCUMENTS,
)
from ironbull_messages.resources.parts import RuledSpec
from ironbull_messages.rules.rule import CreationRule, Rule, Rules
from ironbull_messages.statuses import (
    ExecutionNodeStatus,
    Status,
    StrategyStatus,
    TenantStatus,
)
from ironbull_messages.structural import paragraphs, schema, with_values_told

VERSION: Final = "v1alpha1"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of `kubectl get`.

    Args:
        says: what it shows, for who reads the definition.
        is_wide: it stands only under `-o wide`.
    """

    name: str
    path: str
    says: str
    type: str = "string"
    is_wide: bool = False


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
    taken: str = ""
    """In CEL: the platform has taken `oldSelf`, the whole object. Empty: no rule asks."""
    scale: Mapping[str, str] | None = None
    """Paths of the scale subresource; None: it does not scale."""


# Only here does the API let a rule look at metadata.
_NAME_RULE: Final = {
    "rule": f"self.metadata.name.matches({json.dumps(NAME_PATTERN)})",
    "message": "metadata.name must be at most 40 lower-case letters, digits and hyphens, begin with"
    " a letter and not end with a hyphen",
}
_READY: Final = '.status.conditions[?(@.type=="Ready")]'
CONDITION_COLUMNS: Final = (
    Column("Ready", f"{_READY}.status", "Whether all is as the document says."),
    Column("Reason", f"{_READY}.reason", "Why it is or is not, in one word."),
    Column("Age", ".metadata.creationTimestamp", "Time since it was applied first.", "date"),
    Column("Message", f"{_READY}.message", "Why, in a sentence, and the way out.", is_wide=True),
)
KINDS: Final = (
    Kind(
        "Tenant",
        "tenants",
        "ibt",
        "Cluster",
        TenantSpec,
        TenantStatus,
        (
            Column("State", ".spec.state", "What the tenant may do."),
            Column("Hostname", ".status.hostname", "Where its merchant API is reached."),
            Column("Display-Name", ".spec.displayName", "The business.", is_wide=True),
        ),
    ),
    Kind(
        "Strategy",
        "strategies",
        "strat",
        "Namespaced",
        StrategySpec,
        StrategyStatus,
        (
            Column("Class", ".spec.classRef.name", "The strategy class."),
            Column("Venue", ".spec.venue", "Where it trades."),
            Column("State", ".spec.desiredState", "Whether it should open."),
            Column("Switch", ".status.killSwitch.effective", "Tripped: nothing is opened."),
            Column("Timeframe", ".spec.timeframe", "Length of a candle.", is_wide=True),
            Column("Symbols", ".spec.symbols", "What it trades.", is_wide=True),
        ),
        "has(oldSelf.status) && has(oldSelf.status.version) && oldSelf.status.version != ''",
    ),
    Kind(
        "ExecutionNode",
        "executionnodes",
        "xn",
        "Namespaced",
        ExecutionNodeSpec,
        ExecutionNodeStatus,
        (
            Column("Venue", ".spec.venue", "Whose accounts the members serve."),
            Column("Desired", ".spec.replicas", "Members that should be there.", "integer"),
            Column("Serving", ".status.readyReplicas", "Members that take orders.", "integer"),
            Column("Image", ".status.image", "What the members run.", is_wide=True),
        ),
        "has(oldSelf.status) && has(oldSelf.status.members) && oldSelf.status.members.size() > 0",
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
            _column(column) for column in (*kind.columns, *CONDITION_COLUMNS)
        ],
        "schema": {
            "openAPIV3Schema": {
                "type": "object",
                "description": paragraphs(inspect.getdoc(DOCUMENTS[kind.name]) or ""),
                "required": ["spec"],
                "x-kubernetes-validations": [_NAME_RULE, *_once_taken(kind)],
                "properties": {
                    "apiVersion": {"type": "string", "description": f"{GROUP}/{VERSION}."},
                    "kind": {"type": "string", "description": f"{kind.name}."},
                    "metadata": {"type": "object"},
                    "spec": with_values_told(_ruled(schema(kind.spec), kind.spec.rules)),
                    "status": schema(kind.status),
                },
            }
        },
    }


def _column(column: Column) -> dict[str, Any]:
    out = {
        "name": column.name,
        "type": column.type,
        "description": column.says,
        "jsonPath": column.path,
    }
    return out | ({"priority": 1} if column.is_wide else {})


def _ruled(spec: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """Write each rule at its place; the schema of the spec is changed and returned."""
    for rule in rules:
        if rule.once_taken:
            continue
        node = spec
        for name in rule.place.split(".")[1:]:
            node = node["properties"][name]
        node.setdefault("x-kubernetes-validations", []).append(_validation(rule))
    return spec


def _once_taken(kind: Kind) -> list[dict[str, Any]]:
    """Return the rules that look at the status as well, which only the whole object has."""
    out = []
    for rule in kind.spec.rules:
        if rule.once_taken:
            found = {key: _from_the_top(rule, text) for key, text in _validation(rule).items()}
            found["rule"] = f"!({kind.taken}) || ({found['rule']})"
            found["fieldPath"] = f".{rule.place}.{rule.field}"
            out.append(found)
    return out


def _from_the_top(rule: Rule, text: str) -> str:
    return re.sub(r"\b(self|oldSelf)\.", rf"\1.{rule.place}.", text)


def _validation(rule: Rule) -> dict[str, Any]:
    """Return a rule as the API takes it; the plain message is for where the other one fails."""
    out: dict[str, Any] = {"rule": rule.cel, "message": rule.message_without_values()}
    if expression := rule.message_in_cel():
        out["messageExpression"] = expression
    out["fieldPath"] = f".{rule.field}"
    if isinstance(rule, CreationRule):
        out["optionalOldSelf"] = True
    return out
