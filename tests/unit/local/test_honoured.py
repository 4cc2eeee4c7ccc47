"""What needs a cluster is refused on one machine by the name of its field."""

import re
from typing import Any

import pytest
from fixtures.rule_pairs.live import LIVE as LIVE_STRATEGY
from fixtures.rule_pairs.pair import LEAST

from ironbull_local import honoured
from ironbull_messages.problems import Problem
from ironbull_messages.resources import KINDS, Strategy, Tenant

PLAIN: dict[str, Any] = {
    "displayName": "Aurora",
    "venues": [{"name": "paper", "type": "binance", "environment": "Paper"}],
}
LIVE = {"name": "real", "environment": "Live"}


def _tenant(**fields: object) -> Tenant:
    return Tenant.model_validate({"metadata": {"name": "aurora"}, "spec": {**PLAIN, **fields}})


@pytest.mark.parametrize(
    "fields", [{}, {"state": "Suspended"}, {"limits": {}}, {"limits": {"pods": 220}}]
)
def test_a_field_at_its_default_asks_for_nothing(fields: dict[str, object]) -> None:
    honoured.check(_tenant(**fields))


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("spec.limits", {"limits": {"pods": 3}}),
        ("spec.deletionPolicy", {"deletionPolicy": "Delete"}),
        ("spec.state", {"state": "Draining"}),
        (
            "spec.venues[].egressCIDRs",
            {"venues": [PLAIN["venues"][0] | {"egressCIDRs": ["203.0.113.0/24"]}]},
        ),
        ("spec.credentials", {"credentials": {"merchantKeyGeneration": 2}}),
        (
            "spec.venues[].environment",
            {"venues": [PLAIN["venues"][0], PLAIN["venues"][0] | LIVE]},
        ),
    ],
)
def test_a_field_that_needs_a_cluster_is_named(path: str, fields: dict[str, object]) -> None:
    with pytest.raises(Problem) as told:
        honoured.check(_tenant(**fields))
    assert [error.field for error in told.value.errors] == [path]


def test_a_strategy_does_not_trade_real_money_on_one_machine() -> None:
    spec = {**LEAST["Strategy"], **LIVE_STRATEGY}
    document = Strategy.model_validate(
        {"metadata": {"name": "trend", "namespace": "ironbull-aurora"}, "spec": spec}
    )
    with pytest.raises(Problem, match=r"spec.mode needs a cluster: one machine is a trial"):
        honoured.check(document)


def test_every_row_names_a_field_that_exists() -> None:
    for kind, rows in honoured.CLUSTER_ONLY.items():
        spec = KINDS[kind].model_fields["spec"].annotation
        assert isinstance(spec, type)
        known = {field.alias for field in spec.model_fields.values()}
        assert {re.split(r"[.=]", path)[0].removesuffix("[]") for path in rows} <= known
