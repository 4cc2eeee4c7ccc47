"""A strategy with an engine of its own, and its move from one engine to another."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from ironbull_messages.base import TOKEN_PATTERN
from ironbull_messages.ids import dedicated_engine_token
from ironbull_messages.resources import StrategySpec, strategy_version
from ironbull_operator.desired import documents, engine
from ironbull_operator.kinds import Object
from ironbull_operator.reconcile import engines
from ironbull_operator.reconcile.engines import Plan

TOKEN = "abcdefghijklmnop"
PLACE = "ironbull-aurora"
SPEC: Object = {
    "classRef": {"name": "ma_cross", "version": 1},
    "symbols": ["BTC-USDT-SWAP"],
    "timeframe": "1h",
    "venue": "paper",
    "desiredState": "Running",
}


def strategy(name: str, placement: str = "Shared", **more: Any) -> Object:
    spec = {**SPEC, "placement": placement, **more}
    version = strategy_version(StrategySpec.model_validate(spec))
    return {
        "metadata": {"name": name, "namespace": PLACE},
        "spec": spec,
        "status": {"version": version},
    }


def reads(*names: str) -> Object:
    """Return the ConfigMap of an engine that runs these."""
    text = documents.written([documents.document(name, PLACE, SPEC) for name in names])
    return {"data": {engine.DOCUMENTS_FILE: text}}


def plan(
    strategies: Sequence[Object],
    shared: Object | None = None,
    *,
    is_held: bool = True,
    **maps: Object,
) -> Plan:
    return engines.planned(strategies, lambda _: is_held, shared, maps)


def names(found: Sequence[Object]) -> list[str]:
    return [str(one["metadata"]["name"]) for one in found]


def test_a_dedicated_strategy_has_an_engine_of_its_own() -> None:
    found = plan([strategy("alone", "Dedicated"), strategy("one"), strategy("two")])

    assert names(found.shared) == ["one", "two"]
    assert list(found.own) == ["alone"]
    assert (set(found.fresh), set(found.ending), set(found.moving)) == ({"alone"}, set(), set())
    assert found.running == 3


def test_one_that_moves_out_leaves_the_shared_engine_first() -> None:
    mover = strategy("mover", "Dedicated")
    first = plan([mover, strategy("stays")], reads("mover", "stays"))
    then = plan([mover, strategy("stays")], reads("stays"))

    assert (names(first.shared), dict(first.own), first.moving) == (
        ["stays"],
        {},
        frozenset({"mover"}),
    )
    assert (names(then.shared), list(then.own), then.fresh) == (
        ["stays"],
        ["mover"],
        frozenset({"mover"}),
    )


def test_one_that_moves_back_waits_until_its_own_engine_has_gone() -> None:
    mover = strategy("mover")
    first = plan([mover, strategy("stays")], reads("stays"), mover=reads("mover"))
    then = plan([mover, strategy("stays")], reads("stays"))

    assert (names(first.shared), first.ending, first.moving) == (
        ["stays"],
        frozenset({"mover"}),
        frozenset({"mover"}),
    )
    assert (sorted(names(then.shared)), then.ending) == (["mover", "stays"], frozenset())


@pytest.mark.parametrize("state", ["Paused", "Stopped"])
def test_a_dedicated_strategy_that_does_not_run_has_no_engine(state: str) -> None:
    found = plan([strategy("alone", "Dedicated", desiredState=state)], alone=reads("alone"))

    assert (dict(found.own), found.ending, found.moving) == ({}, frozenset({"alone"}), frozenset())


def test_a_deleted_strategy_takes_its_engine_along() -> None:
    assert plan([], reads(), alone=reads("alone")).ending == {"alone"}


def test_a_refused_move_stays_where_it_is() -> None:
    out = plan([strategy("mover", "Dedicated")], reads("mover"), is_held=False)
    back = plan([strategy("mover")], reads(), is_held=False, mover=reads("mover"))

    assert (names(out.shared), dict(out.own)) == (["mover"], {})
    assert (names(back.shared), list(back.own)) == ([], ["mover"])


def test_engines_speak_under_different_tokens_that_follow_from_one() -> None:
    found = plan([strategy("alone", "Dedicated"), strategy("one")], late=reads("late"))
    tokens = engines.tokens(TOKEN, found)

    assert tokens[0] == TOKEN
    assert set(tokens[1:]) == {dedicated_engine_token(TOKEN, name) for name in ("alone", "late")}
    assert all(re.fullmatch(TOKEN_PATTERN, token) for token in tokens)
