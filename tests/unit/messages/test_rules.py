"""Each rule accepts what it should, refuses what it should and says why; none lacks the proof."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fixtures.rule_pairs import PAIRS, Pair
from fixtures.rule_pairs.verdict import spec, verdict

from ironbull_messages import crds
from ironbull_messages.resources import Venue
from ironbull_messages.rules.rule import Rule
from ironbull_messages.words import Environment

RULES = {kind.name: kind.spec.rules for kind in crds.KINDS}
LEAST_RELATIONS = 40
OF_ONE_TYPE = "tenant-venue-type-fixed"


def _said(pair: Pair, patch: Mapping[str, Any]) -> list[tuple[str, str]]:
    return verdict(pair.kind, patch, pair.before[-1] if pair.before else None)


def _rule(pair: Pair) -> Rule:
    return next(rule for rule in RULES[pair.kind] if rule.id == pair.rule)


def _named() -> Iterator[tuple[str, Rule]]:
    for kind, rules in RULES.items():
        for rule in rules:
            yield kind, rule


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.rule)
def test_a_rule_accepts_one_document_and_refuses_the_other_with_its_message(pair: Pair) -> None:
    rule = _rule(pair)
    assert _said(pair, pair.accepted) == []
    ((field, message),) = _said(pair, pair.refused)
    assert field == f"{rule.place}.{rule.field}"
    # Most bounds are the value's own type here, with its own words.
    assert message == pair.says or rule.is_bound


def test_every_rule_has_its_pair_and_every_pair_its_rule() -> None:
    without = {rule.id for _, rule in _named()} ^ {pair.rule for pair in PAIRS}
    assert without == {OF_ONE_TYPE}


def test_a_mistake_is_mended_until_the_platform_has_taken_the_document() -> None:
    old, new = spec("Strategy", {"classRef": {"name": "ma_kross"}}), spec("Strategy", {})
    assert [one.rule.id for one in new.broken_as_change_of(old)] == ["strategy-class-fixed"]
    assert new.broken_as_change_of(old, is_taken=False) == []


def test_a_venue_keeps_its_type() -> None:
    # There is one type of venue yet, so that no document can break this rule.
    old = spec("Tenant", {})
    values: dict[str, Any] = {"name": "desk", "type": "other", "environment": Environment.PAPER}
    venue = Venue.model_construct(**values)
    new = old.model_copy(update={"venues": (venue,)})
    (broken,) = new.broken_as_change_of(old)
    assert broken.rule.id == OF_ONE_TYPE
    assert broken.message.startswith("venue desk cannot change its type")


def test_a_rule_has_an_id_of_its_own_that_names_the_kind() -> None:
    ids = [rule.id for _, rule in _named()]
    assert len(ids) == len(set(ids))
    begins = {"Tenant": "tenant-", "Strategy": "strategy-", "ExecutionNode": "pool-"}
    assert [rule.id for kind, rule in _named() if not rule.id.startswith(begins[kind])] == []


def test_a_message_begins_with_no_capital_ends_with_no_stop_and_fits_one_line() -> None:
    for _, rule in _named():
        assert not rule.says.endswith("."), rule.id
        assert "\n" not in rule.says, rule.id


def test_there_are_enough_rules_between_fields_and_between_states() -> None:
    assert sum(not rule.is_bound for _, rule in _named()) >= LEAST_RELATIONS


def test_a_rule_in_a_definition_is_at_its_place() -> None:
    for kind in crds.KINDS:
        definition = crds.render()[kind.plural]
        schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        spec = schema["properties"]["spec"]
        for rule in kind.spec.rules:
            node = spec
            for name in rule.place.split(".")[1:]:
                node = node["properties"][name]
            rows = (schema if rule.once_taken else node)["x-kubernetes-validations"]
            assert rule.message_without_values() in [row["message"] for row in rows], rule.id
            for name in rule.field.split("."):
                node = node["properties"][name]
