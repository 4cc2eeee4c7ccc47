"""`kubectl explain` reads like documentation, and `kubectl get` tells the truth of the status."""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from cluster.dry import Asked
from cluster.kubectl import Kubectl
from cluster.workloads import namespace
from fixtures.rule_pairs.pair import document

from ironbull_messages import crds

REASON = "MembersStarting"
SENTENCE = "2 of 3 members are ready"
KINDS = [kind.name for kind in crds.KINDS]
STATUS: Mapping[str, Mapping[str, Any]] = {
    "Tenant": {},
    "Strategy": {"killSwitch": {"effective": "Tripped", "scope": "strategy"}},
    "ExecutionNode": {"replicas": 3, "readyReplicas": 2, "image": "registry.test/node:1"},
}
ROWS = {
    "Tenant": f"Active False {REASON}",
    "Strategy": f"ma_cross desk Running Tripped False {REASON}",
    "ExecutionNode": f"desk 1 2 False {REASON}",
}


def _schema(kind: str) -> Mapping[str, Any]:
    plural = next(one.plural for one in crds.KINDS if one.name == kind)
    version = crds.render()[plural]["spec"]["versions"][0]
    found: Mapping[str, Any] = version["schema"]["openAPIV3Schema"]
    return found


def _fields(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, one in node.get("properties", {}).items():
        yield f"{path}.{name}", one
        yield from _fields(one.get("items", one), f"{path}.{name}")


def _words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_and_its_parts_are_explained_with_their_own_words(
    defined: Kubectl, kind: str
) -> None:
    schema = _schema(kind)
    assert _words(schema["description"]) in _words(defined("explain", kind))
    for part in ("spec", "status"):
        said = _words(defined("explain", f"{kind}.{part}"))
        for one in schema["properties"][part]["properties"].values():
            # kubectl shows a field in its parent's list with all of its words.
            assert _words(one["description"]) in said


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_can_be_asked_for(defined: Kubectl, kind: str) -> None:
    tree = defined("explain", kind, "--recursive")
    names = {line.split()[0] for line in tree.splitlines() if "<" in line}
    fields = dict(_fields(_schema(kind), kind))
    assert {path.rsplit(".", 1)[1] for path in fields} - names == set()
    longest = max(fields, key=lambda path: path.count("."))
    assert _words(fields[longest]["description"]) in _words(defined("explain", longest))


@pytest.fixture(scope="module")
def place(defined: Kubectl) -> Iterator[tuple[str, str]]:
    """Give a name and a namespace with an object of each kind, of which somebody has told."""
    name = f"shown-{uuid.uuid4().hex[:8]}"
    defined.apply(namespace(name))
    asked = Asked.of(defined)
    for kind in KINDS:
        body = document(kind, {}, name, name)
        asked.create(body, is_trial=False)
        condition = {
            "type": "Ready", "status": "False", "reason": REASON, "message": SENTENCE,
            "observedGeneration": 1, "lastTransitionTime": "2026-01-31T12:00:00Z",
        }  # fmt: skip
        status = {"observedGeneration": 1, "conditions": [condition], **STATUS[kind]}
        defined(
            "patch", kind, name, f"--namespace={name}", "--subresource=status", "--type=merge",
            f"--patch={json.dumps({'status': status})}",
        )  # fmt: skip
    yield name, name
    for kind in KINDS:
        asked.delete(document(kind, {}, name, name))
    defined("delete", "namespace", name, "--wait=false")


@pytest.mark.parametrize("kind", KINDS)
def test_columns_show_what_is_wanted_what_is_so_and_why(
    defined: Kubectl, place: tuple[str, str], kind: str
) -> None:
    name, room = place
    head, row = defined("get", kind, name, f"--namespace={room}").splitlines()
    columns = next(one.columns for one in crds.KINDS if one.name == kind)
    narrow = [one.name for one in (*columns, *crds.CONDITION_COLUMNS) if not one.is_wide]
    assert head.split() == [one.upper() for one in ("Name", *narrow)]
    assert _words(row).startswith(f"{name} {ROWS[kind]} ")
    wide = defined("get", kind, name, f"--namespace={room}", "--output=wide")
    assert "MESSAGE" in wide
    assert SENTENCE in wide


def test_all_kinds_answer_to_one_word(defined: Kubectl, place: tuple[str, str]) -> None:
    _, room = place
    found = defined("get", "ironbull", "--output=name", f"--namespace={room}")
    for kind in crds.KINDS:
        assert f"{kind.name.lower()}.ironbull.io/" in found


def test_a_pool_is_scaled_as_any_set_of_pods(defined: Kubectl, place: tuple[str, str]) -> None:
    name, room = place
    defined("scale", "xn", name, "--replicas=5", f"--namespace={room}")
    assert defined.get("xn", name, f"--namespace={room}")["spec"]["replicas"] == 5
