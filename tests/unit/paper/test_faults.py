"""Faults strike what they are told to, as often as they are told to."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_paper.faults import (
    PHASES,
    Endpoint,
    FaultKind,
    FaultRule,
    Faults,
    Phase,
    rule_json,
    rule_of,
)
from ironbull_paper.matching.records import FaultFired, FaultRuleRemoved, FaultRuleSet


def armed(*orders: Mapping[str, object]) -> Faults:
    faults = Faults()
    for order in orders:
        rule = rule_of(dict(order), faults.next_rule_id)
        faults.apply(FaultRuleSet(1, rule.rule_id, rule_json(rule)))
    return faults


def fire(faults: Faults, rule: FaultRule) -> None:
    faults.apply(FaultFired(1, rule.rule_id, rule.kind, "order", "", "", 0))


def test_every_kind_of_fault_has_a_phase() -> None:
    assert set(PHASES) == set(FaultKind)


def test_a_rule_strikes_only_its_endpoint_and_account() -> None:
    faults = armed({"kind": "lost_response", "endpoint": "order", "account": "alice"})
    assert faults.draw(Endpoint.ORDER, "alice")
    assert not faults.draw(Endpoint.LOOKUP, "alice")
    assert not faults.draw(Endpoint.ORDER, "bob")


def test_a_rule_strikes_at_most_its_count() -> None:
    faults = armed({"kind": "broken_body", "count": 2})
    for _ in range(2):
        fire(faults, faults.draw(Endpoint.ORDER, "")[0])
    assert not faults.draw(Endpoint.ORDER, "")
    assert faults.shown()["fired"] == {"broken_body.order": 2}


def test_a_removed_rule_strikes_no_more_and_its_count_stays() -> None:
    faults = armed({"kind": "broken_body"})
    fire(faults, faults.draw(Endpoint.ORDER, "")[0])
    faults.apply(FaultRuleRemoved(1, 1))
    assert not faults.draw(Endpoint.ORDER, "")
    assert faults.shown() == {"rules": [], "fired": {"broken_body.order": 1}}


@given(seed=st.integers(0, 10**6))
def test_equal_seeds_draw_equally(seed: int) -> None:
    order: dict[str, object] = {"kind": "lost_response", "probability": 0.3, "seed": seed}
    one, two = armed(order), armed(order)
    draws = [bool(one.draw(Endpoint.ORDER, "")) for _ in range(50)]
    assert draws == [bool(two.draw(Endpoint.ORDER, "")) for _ in range(50)]


def test_probabilities_are_kept_on_the_whole() -> None:
    faults = armed({"kind": "lost_response", "probability": 0.1, "seed": 3})
    struck = sum(bool(faults.draw(Endpoint.ORDER, "")) for _ in range(5000))
    assert 400 < struck < 600


def test_one_answer_is_spoiled_in_one_way_only() -> None:
    faults = armed(*({"kind": kind.value} for kind in FaultKind))
    phases = [PHASES[rule.kind] for rule in faults.draw(Endpoint.ORDER, "")]
    assert phases.count(Phase.AFTER) == 1
    assert phases.count(Phase.VIEW) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "lost_response", "probability": 1.5},
        {"kind": "lost_response", "probability": "1"},
        {"kind": "lost_response", "seconds": -1},
        {"kind": "lost_response", "count": 0},
        {"kind": "lost_response", "status": 200},
        {"kind": "lost_response", "endpoint": "moon"},
        {"kind": "lost_response", "often": True},
    ],
)
def test_a_fault_that_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        rule_of(wrong, 1)


def test_a_rule_survives_its_journal() -> None:
    rule = rule_of({"kind": "read_lag", "seconds": 1.5, "count": 3, "account": "a"}, 7)
    assert rule_of(json.loads(rule_json(rule)), 7) == rule
