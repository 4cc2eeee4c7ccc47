"""A definition explains and bounds every field, so that the API can weigh each rule."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ironbull_messages import crds

LEAST_WORDS = 2
KINDS = [kind.plural for kind in crds.KINDS]
Node = Mapping[str, Any]


def _version(plural: str) -> Node:
    version: Node = crds.render()[plural]["spec"]["versions"][0]
    return version


def _nodes(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Yield every node below, but the metadata, which is Kubernetes' own."""
    for name, one in node.get("properties", {}).items():
        if name != "metadata":
            yield f"{path}.{name}", one
            yield from _nodes(one, f"{path}.{name}")
    for word, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if word in node:
            yield f"{path}{mark}", node[word]
            yield from _nodes(node[word], f"{path}{mark}")


def _all(plural: str) -> list[tuple[str, Node]]:
    return list(_nodes(_version(plural)["schema"]["openAPIV3Schema"], plural))


def _is_bounded(node: Node) -> bool:
    match node.get("type"):
        case "string":
            return "maxLength" in node or "enum" in node or node.get("format") == "date-time"
        case "array":
            return "maxItems" in node
        case "object" if "additionalProperties" in node:
            return "maxProperties" in node
        case "integer":
            return "minimum" in node
        case _:
            return node.get("type") in {"object", "boolean"}


@pytest.mark.parametrize("plural", KINDS)
def test_every_field_is_explained(plural: str) -> None:
    lacking = [
        path
        for path, node in _all(plural)
        if not path.endswith(("]", "}")) and len(node.get("description", "").split()) < LEAST_WORDS
    ]
    assert [path for path in lacking if not path.endswith((".apiVersion", ".kind"))] == []


@pytest.mark.parametrize("plural", KINDS)
def test_an_explanation_is_whole_sentences_on_unbroken_lines(plural: str) -> None:
    texts = {path: node["description"] for path, node in _all(plural) if "description" in node}
    assert [path for path, text in texts.items() if not text.endswith(".")] == []
    assert [path for path, text in texts.items() if "\n" in text.replace("\n\n", "")] == []


@pytest.mark.parametrize("plural", KINDS)
def test_every_value_is_bounded(plural: str) -> None:
    named = ("apiVersion", "kind")
    assert [
        path for path, node in _all(plural) if not _is_bounded(node) and not path.endswith(named)
    ] == []


@pytest.mark.parametrize("plural", KINDS)
def test_no_value_may_be_null_and_no_default_is(plural: str) -> None:
    for path, node in _all(plural):
        assert "nullable" not in node, path
        assert "None" not in repr(node.get("default", {})), path


@pytest.mark.parametrize("plural", KINDS)
def test_a_column_shows_a_field_and_says_which(plural: str) -> None:
    paths = {path.removeprefix(plural) for path, _ in _all(plural)}
    for column in _version(plural)["additionalPrinterColumns"]:
        path = column["jsonPath"]
        shown = path.split("[?")[0]
        assert path == ".metadata.creationTimestamp" or shown in paths, path
        assert column["description"].endswith(".")
