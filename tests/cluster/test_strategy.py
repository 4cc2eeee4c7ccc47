"""Strategies on a real API without nodes: their switch, their engine, their mistakes."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cluster import operator_desk
from cluster.operator_desk import Desk, until
from cluster.places import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "one-tenant.yaml"
PLACE = "ironbull-aurora"
HERE = f"--namespace={PLACE}"
CROSSING = ("strat", "crossing", HERE)
SWITCH = "/v1/tenants/aurora/strategies/crossing/kill-switch"


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with operator_desk.running() as made:
        made.kubectl("apply", f"--filename={EXAMPLE}")
        with made.operator():
            until(lambda: _switch(made).get("effective"), "a strategy with a switch")
            until(lambda: "engine" in made.names("deployment", PLACE), "its engine")
            until(lambda: "ma_cross" in _documents(made), "the strategy in it")
            yield made


@pytest.fixture(autouse=True)
def engine(desk: Desk) -> None:
    """Wait until the strategy is where it was at first."""
    until(lambda: "ma_cross" in _documents(desk), "the strategy in the shared engine")
    until(lambda: _replicas(desk) == 1, "the engine wanted")


def _replicas(desk: Desk) -> int:
    found: int = desk.get("deployment", "engine", HERE)["spec"]["replicas"]
    return found


def _switch(desk: Desk) -> dict[str, str]:
    found: dict[str, str] = desk.get(*CROSSING).get("status", {}).get("killSwitch", {})
    return found


def _set(desk: Desk, name: str = "crossing", **fields: Any) -> None:
    patch = json.dumps({"spec": fields})
    desk.kubectl("patch", "strat", name, HERE, "--type=merge", f"--patch={patch}")


def _rearm(desk: Desk) -> httpx.Response:
    ports = json.loads((desk.data / "state/ports.json").read_text())
    token = (desk.data / "keys/staff.token").read_text().strip()
    return httpx.post(
        f"http://127.0.0.1:{ports['admin']}{SWITCH}/re-arms",
        json={"reason": "a test"},
        headers={"authorization": f"Bearer {token}", "idempotency-key": secrets.token_hex(8)},
        trust_env=False,
    )


def _carried_out(desk: Desk) -> int:
    """Return the generation that was not only seen."""
    row: dict[str, Any] = desk.ready(*CROSSING)
    return 0 if row["reason"] == "Accepted" else int(row["observedGeneration"])


def _documents(desk: Desk, name: str = "engine-documents") -> str:
    found: str = desk.get("configmap", name, HERE)["data"]["strategies.yaml"]
    return found


def test_a_document_trips_and_staff_alone_rearm(desk: Desk) -> None:
    assert _switch(desk) == {"effective": "Armed", "scope": "strategy"}
    template = desk.get("deployment", "engine", HERE)["spec"]["template"]

    _set(desk, killSwitch="Tripped")
    until(lambda: _switch(desk)["effective"] == "Tripped", "the trip told")
    assert _switch(desk)["by"] == "document"
    assert "Tripped" in desk.kubectl("get", *CROSSING)
    assert _rearm(desk).json()["code"] == "kill_switch_in_document"

    _set(desk, killSwitch=None)
    generation = desk.get(*CROSSING)["metadata"]["generation"]
    until(lambda: _carried_out(desk) == generation, "the new document")
    assert _switch(desk)["effective"] == "Tripped"
    assert _rearm(desk).json()["effective"] == "Armed"
    until(lambda: _switch(desk)["effective"] == "Armed", "the re-arming told")
    assert _switch(desk)["by"] == "staff"
    assert desk.get("deployment", "engine", HERE)["spec"]["template"] == template


def test_a_strategy_moves_to_an_engine_of_its_own_and_back(desk: Desk) -> None:
    _set(desk, placement="Dedicated")
    until(lambda: "engine-crossing" in desk.names("deployment", PLACE), "its own engine")
    assert "ma_cross" in _documents(desk, "engine-crossing-documents")
    assert "ma_cross" not in _documents(desk)
    assert "engine-crossing-nats" in desk.names("secret", PLACE)

    _set(desk, placement="Shared")
    until(lambda: "ma_cross" in _documents(desk), "the shared engine with it")
    assert "engine-crossing" not in desk.names("deployment", PLACE)
    until(lambda: "engine-crossing-nats" not in desk.names("secret", PLACE), "its Secret gone")


@pytest.mark.parametrize(
    ("wrong", "right", "reason", "words"),
    [
        (
            {"venue": "nowhere"},
            {"venue": "nowhere"},
            "VenueUnknown",
            ("spec.venue", "'nowhere'", "spec.venues"),
        ),
        (
            {"classRef": {"name": "ma_crass"}},
            {"classRef": {"name": "ma_cross"}},
            "StrategyClassUnknown",
            ("spec.classRef", "ma_crass", "ma_cross"),
        ),
        (
            {"classRef": {"version": 9}},
            {"classRef": {"version": 1}},
            "StrategyClassUnknown",
            ("spec.classRef", "9", "ma_cross"),
        ),
        (
            {"symbols": ["NONE-USDT-SWAP"]},
            {"symbols": ["BTC-USDT-SWAP"], "desiredState": "Paused"},
            "DocumentInvalid",
            ("spec.symbols", "NONE-USDT-SWAP", "BTC-USDT-SWAP"),
        ),
        (
            {"parameters": {"fast_ma": "-1"}},
            {"parameters": {"fast_ma": "5"}},
            "StrategyParameterInvalid",
            ("spec.parameters.fast_ma", "-1"),
        ),
    ],
)
def test_a_mistake_names_field_value_and_way_out_and_is_mended_without_a_restart(
    desk: Desk,
    wrong: dict[str, Any],
    right: dict[str, Any],
    reason: str,
    words: tuple[str, ...],
) -> None:
    document = _document(desk, "faulty", wrong)
    desk.kubectl("apply", "--filename=-", given=json.dumps(document))
    place = ("strat", "faulty", HERE)
    told = until(lambda: _told(desk, place, reason), f"the reason {reason}")
    for word in words:
        assert word in told["message"], told
    _set(desk, desiredState="Paused")
    until(lambda: desk.ready(*CROSSING).get("reason") == "Paused", "the neighbour goes on")
    _set(desk, desiredState="Running")

    _mend(desk, right)
    until(lambda: desk.ready(*place).get("reason") == "EngineStarting", "the mended one taken")
    desk.kubectl("delete", "strat", "faulty", HERE, "--wait=true")


def _mend(desk: Desk, right: dict[str, Any]) -> None:
    """Put right what is wrong: in the tenant, in a new object, or in the object itself."""
    if "venue" in right:
        venues = [{"name": name, "type": "binance"} for name in ("paper", right["venue"])]
        patch = {"spec": {"venues": [{**one, "environment": "Paper"} for one in venues]}}
        desk.kubectl("patch", "ibt", "aurora", "--type=merge", f"--patch={json.dumps(patch)}")
        return
    if "name" in right.get("classRef", {}):  # which never changes in an object that lives
        desk.kubectl("delete", "strat", "faulty", HERE, "--wait=true")
    desk.kubectl("apply", "--filename=-", given=json.dumps(_document(desk, "faulty", right)))
    _set(desk, "faulty", desiredState="Running")


def _told(desk: Desk, place: tuple[str, ...], reason: str) -> dict[str, str]:
    found = desk.ready(*place)
    return found if found.get("reason") == reason else {}


def _document(desk: Desk, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the example's strategy under another name, with other fields."""
    spec = {**desk.get(*CROSSING)["spec"], "desiredState": "Running"}
    changed = {
        key: {**spec[key], **value} if isinstance(value, dict) else value
        for key, value in fields.items()
    }
    return {
        "apiVersion": "ironbull.io/v1alpha1",
        "kind": "Strategy",
        "metadata": {"name": name, "namespace": PLACE},
        "spec": {**spec, **changed},
    }
