"""A real API server keeps each rule of our kinds, and says what it refuses as the platform does."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from cluster.conftest import define
from cluster.dry import Asked, Refused
from cluster.kubectl import Kubectl, eventually
from fixtures.rule_pairs import PAIRS, Pair
from fixtures.rule_pairs.pair import TAKEN, Patch, document

from ironbull_messages import crds

RULES = {rule.id: rule for kind in crds.KINDS for rule in kind.spec.rules}
SERVED_WITHIN = 30
SCHEMA = "/spec/versions/0/schema/openAPIV3Schema"
TYPE = f"{SCHEMA}/properties/spec/properties/venues/items/properties"


@pytest.fixture(scope="module")
def asked(defined: Kubectl) -> Asked:
    """Give an API that knows our kinds."""
    return Asked.of(defined)


@pytest.fixture
def place(documents_room: str) -> tuple[str, str]:
    """Give a name that nothing else has, and a namespace."""
    return f"one-{uuid.uuid4().hex[:8]}", documents_room


def _apply(asked: Asked, pair: Pair, place: tuple[str, str], patch: Patch) -> None:
    """Try a document after those before it; only these stay."""
    body = document(pair.kind, patch, *place)
    if pair.before:
        asked.replace(body, is_trial=True)
    else:
        asked.create(body, is_trial=True)


@pytest.fixture
def before(asked: Asked, request: pytest.FixtureRequest, place: tuple[str, str]) -> Iterator[Pair]:
    """Give a pair whose first documents are there."""
    pair: Pair = request.param
    for number, patch in enumerate(pair.before):
        body = document(pair.kind, patch, *place)
        if number == 0:
            asked.create(body, is_trial=False)
        else:
            asked.replace(body, is_trial=False)
    if pair.before and TAKEN[pair.kind]:
        asked.take(body, TAKEN[pair.kind])
    yield pair
    if pair.before:
        asked.delete(document(pair.kind, {}, *place))


@pytest.mark.parametrize("before", PAIRS, ids=lambda pair: pair.rule, indirect=True)
def test_the_api_accepts_what_keeps_a_rule_and_refuses_what_breaks_it(
    asked: Asked, before: Pair, place: tuple[str, str]
) -> None:
    _apply(asked, before, place, before.accepted)
    with pytest.raises(Refused) as refused:
        _apply(asked, before, place, before.refused)
    rule = RULES[before.rule]
    ((field, message),) = refused.value.causes
    assert field == f"{rule.place}.{rule.field}"
    assert message.endswith(before.says), message


def test_a_venue_keeps_its_type(defined: Kubectl, asked: Asked, place: tuple[str, str]) -> None:
    """There is one type yet; a definition that knows another one shows the rule."""

    def venue(of: str) -> dict[str, Any]:
        patch = {"venues": [{"name": "desk", "type": of, "environment": "Paper"}]}
        return dict(document("Tenant", patch, *place))

    words = f"{TYPE}/type/enum"
    widened = json.dumps([{"op": "replace", "path": words, "value": ["binance", "other"]}])
    asked.create(venue("binance"), is_trial=False)
    defined("patch", "crd/tenants.ironbull.io", "--type=json", f"--patch={widened}")

    def said() -> str:
        with pytest.raises(Refused) as refused:
            asked.replace(venue("other"), is_trial=True)
        return str(refused.value)

    try:
        eventually(lambda: "venue desk cannot change its type" in said(), SERVED_WITHIN)
    finally:
        asked.delete(venue("binance"))
        define(defined)


def test_a_mistake_is_mended_until_the_platform_has_taken_the_document(
    asked: Asked, place: tuple[str, str]
) -> None:
    wrong = document("Strategy", {"classRef": {"name": "ma_kross"}}, *place)
    right = document("Strategy", {}, *place)
    asked.create(wrong, is_trial=False)
    asked.replace(right, is_trial=True)
    asked.take(wrong, TAKEN["Strategy"])
    with pytest.raises(Refused, match="name ma_kross cannot become ma_cross"):
        asked.replace(right, is_trial=True)
    asked.delete(wrong)


def test_a_name_is_refused_in_words(asked: Asked) -> None:
    with pytest.raises(Refused) as refused:
        asked.create(document("Tenant", {}, "acme.example"), is_trial=True)
    assert "must be at most 40 lower-case letters, digits and hyphens" in str(refused.value)


def test_an_optional_field_may_be_null(asked: Asked, place: tuple[str, str]) -> None:
    nothing = document("Strategy", {}, *place)
    nothing["spec"]["sizing"] = {"maxLossUsdt": None, "leverage": None}
    made = asked.create(nothing, is_trial=True)
    assert "maxLossUsdt" not in made["spec"]["sizing"]
    assert made["spec"]["sizing"]["leverage"] == 20
