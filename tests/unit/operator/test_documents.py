"""The engine reads what the platform accepted; a refused edit leaves the last one running."""

from typing import Any

import pytest

from ironbull_messages.resources import StrategySpec, strategy_version
from ironbull_operator.desired import documents, engine
from ironbull_operator.kinds import Object

SPEC: Object = {
    "classRef": {"name": "ma_cross", "version": 1},
    "parameters": {"fast_ma": "5", "slow_ma": "20"},
    "symbols": ["BTC-USDT-SWAP"],
    "timeframe": "1h",
    "venue": "paper",
    "mode": "Paper",
    "desiredState": "Running",
}
EDITED: Object = {**SPEC, "parameters": {"fast_ma": "7", "slow_ma": "20"}}
RISKIER: Object = {**SPEC, "risk": {"maxPositions": 20}}
INVALID: Object = {**SPEC, "symbols": ["BTC-USDT-SWAP", "BTC-USDT-SWAP"]}


def _strategy(spec: Object, told: Object, name: str = "crossing", **metadata: Any) -> Object:
    """Return a live object whose status bears the version of what was accepted last."""
    version = strategy_version(StrategySpec.model_validate(told))
    return {
        "metadata": {"name": name, "namespace": "ironbull-aurora", **metadata},
        "spec": spec,
        "status": {"version": version},
    }


def _running(text: str, *specs: Object) -> Object:
    return {"data": {engine.DOCUMENTS_FILE: text + documents.written(specs)}}


def _document(spec: Object, name: str = "crossing") -> Object:
    return documents.document(name, "ironbull-aurora", spec)


def _specs(one: Object, live: Object | None, *, is_held: bool) -> list[Object]:
    return [found["spec"] for found in documents.chosen([one], lambda _: is_held, live)]


def test_what_the_platform_accepted_runs() -> None:
    live = _running("", _document(SPEC))
    assert _specs(_strategy(EDITED, EDITED), live, is_held=True) == [EDITED]


@pytest.mark.parametrize("spec", [EDITED, RISKIER, INVALID])
def test_after_a_refused_edit_the_last_accepted_document_goes_on(spec: Object) -> None:
    live = _running("", _document(SPEC))
    assert _specs(_strategy(spec, SPEC), live, is_held=False) == [SPEC]


def test_what_the_platform_holds_does_not_run_before_its_version_is_told() -> None:
    live = _running("", _document(SPEC))
    assert _specs(_strategy(EDITED, SPEC), live, is_held=True) == [SPEC]


def test_a_document_that_does_not_validate_never_runs() -> None:
    assert _specs(_strategy(INVALID, SPEC), None, is_held=True) == []
    live = _running("", _document(INVALID))
    assert _specs(_strategy(EDITED, SPEC), live, is_held=False) == []


def test_a_turned_kill_switch_does_not_start_the_engine_anew() -> None:
    armed, tripped = {**SPEC, "killSwitch": "Armed"}, {**SPEC, "killSwitch": "Tripped"}
    texts = {
        documents.written(documents.chosen([_strategy(spec, SPEC)], lambda _: True, None))
        for spec in (SPEC, armed, tripped)
    }
    assert len(texts) == 1


@pytest.mark.parametrize("state", ["Paused", "Stopped"])
def test_a_pause_is_honoured_though_the_edit_was_refused(state: str) -> None:
    live = _running("", _document(SPEC))
    assert _specs(_strategy({**EDITED, "desiredState": state}, SPEC), live, is_held=False) == []


def test_a_strategy_that_is_being_deleted_does_not_run() -> None:
    live = _running("", _document(SPEC))
    ending = _strategy(SPEC, SPEC, deletionTimestamp="2026-01-01T00:00:00Z")
    assert _specs(ending, live, is_held=True) == []


def test_nothing_runs_that_was_never_accepted() -> None:
    live = _running("", _document(SPEC, "other"))
    assert _specs(_strategy(SPEC, SPEC), live, is_held=False) == []
    assert _specs(_strategy(SPEC, SPEC), None, is_held=False) == []


@pytest.mark.parametrize("text", ["{", "--- 1\n", "--- {metadata: 3}\n", "---\n"])
def test_what_is_no_document_is_passed_over(text: str) -> None:
    assert _specs(_strategy(EDITED, SPEC), _running(text), is_held=False) == []
