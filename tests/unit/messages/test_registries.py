"""Codes, subjects and documents say what they mean, each once."""

import pytest
from pydantic import ValidationError

from ironbull_messages import subjects
from ironbull_messages.problems import PROBLEMS, Code
from ironbull_messages.refusals import MEANINGS, Refusal
from ironbull_messages.resources import ExecutionNode, Strategy, Tenant, strategy_version
from ironbull_messages.symbols import from_ccxt, to_ccxt

TENANT = {
    "apiVersion": "ironbull.io/v1alpha1",
    "kind": "Tenant",
    "metadata": {"name": "aurora"},
    "spec": {
        "displayName": "Aurora",
        "venues": [{"name": "paper", "type": "binance", "environment": "Paper"}],
    },
}
STRATEGY = {
    "apiVersion": "ironbull.io/v1alpha1",
    "kind": "Strategy",
    "metadata": {"name": "trend", "namespace": "ironbull-aurora"},
    "spec": {
        "classRef": {"name": "ma_cross"},
        "symbols": ["BTC-USDT-SWAP"],
        "timeframe": "1h",
        "venue": "paper",
    },
}


def test_every_refusal_and_every_problem_has_its_meaning() -> None:
    assert set(MEANINGS) == set(Refusal)
    assert set(PROBLEMS) == set(Code)
    assert all(400 <= row.status < 600 and row.title and row.way_out for row in PROBLEMS.values())


def test_a_symbol_goes_to_ccxt_and_back() -> None:
    assert to_ccxt("BTC-USDT-SWAP") == "BTC/USDT:USDT"
    assert from_ccxt("BTC/USDT:USDT") == "BTC-USDT-SWAP"


@pytest.mark.parametrize("wrong", ["BTC/USDT", "btc-usdt-swap", "BTC-USDT", "BTC.USDT-USDT-SWAP"])
def test_a_symbol_of_another_spelling_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="BTC-USDT-SWAP"):
        to_ccxt(wrong)


def test_tenant_and_token_come_from_the_subject() -> None:
    parsed = subjects.parse_member(subjects.result("aurora", "abcdefgh234567ab"))

    assert (parsed.tenant, parsed.token) == ("aurora", "abcdefgh234567ab")


@pytest.mark.parametrize("subject", ["result.a", "result.a.b.c", ""])
def test_a_subject_of_another_shape_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match=r"word\.tenant\.token"):
        subjects.parse_member(subject)


def test_a_document_reads_with_its_defaults() -> None:
    assert Tenant.model_validate(TENANT).spec.billing.basis == "trade"
    assert Strategy.model_validate(STRATEGY).tenant == "aurora"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"plan": "pro"}, "plan"),
        ({"venues": []}, "venues"),
        ({"venues": TENANT["spec"]["venues"] * 2}, "paper stands twice"),  # type: ignore[index]  # a literal
        ({"displayName": ""}, "displayName"),
        ({"billing": {"share": 0.3}}, "share"),
        ({"billing": {"share": "1.1"}}, "share"),
        ({"state": "Ended"}, "state"),
    ],
)
def test_a_field_not_honoured_or_out_of_bounds_is_refused_by_name(
    change: dict[str, object], named: str
) -> None:
    spec = {**TENANT["spec"], **change}  # type: ignore[dict-item]  # a literal

    with pytest.raises(ValidationError, match=named):
        Tenant.model_validate(TENANT | {"spec": spec})


def test_a_document_outside_a_tenant_is_refused() -> None:
    with pytest.raises(ValidationError, match="ironbull-<tenant>"):
        ExecutionNode.model_validate(
            {
                "apiVersion": "ironbull.io/v1alpha1",
                "kind": "ExecutionNode",
                "metadata": {"name": "pool", "namespace": "default"},
                "spec": {"venue": "paper"},
            }
        )


def test_a_strategy_version_changes_with_what_computes_and_with_nothing_else() -> None:
    spec = Strategy.model_validate(STRATEGY).spec
    slower = spec.model_copy(update={"parameters": {"fast_ma": "7"}})
    paused = spec.model_copy(update={"desired_state": "Paused"})

    assert strategy_version(spec) == strategy_version(paused)
    assert strategy_version(spec) != strategy_version(slower)
