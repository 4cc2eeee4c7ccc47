"""Parameters come as texts from a document and are checked against documented ranges."""

import pytest

from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import StrategySpec
from ironbull_strategies import registry
from ironbull_strategies.ma_cross import MaCross
from ironbull_strategies.parameters import read
from ironbull_strategies.rsi import Rsi


def spec(name: str, version: int = 1, **parameters: str) -> StrategySpec:
    return StrategySpec.model_validate(
        {
            "classRef": {"name": name, "version": version},
            "parameters": parameters,
            "symbols": ["BTC-USDT-SWAP"],
            "timeframe": "1h",
            "venue": "desk",
        }
    )


def refused(asked: StrategySpec) -> Problem:
    with pytest.raises(Problem) as raised:
        registry.build(asked)
    return raised.value


def test_defaults_are_those_of_the_catalogue() -> None:
    assert registry.build(spec("ma_cross")) == MaCross(
        5, 20, use_ema=False, atr_period=14, atr_sl_mult=2.0, atr_tp_mult=4.0
    )
    assert registry.build(spec("rsi")) == Rsi(14, 70.0, 30.0, 2.0, 3.0)


def test_given_parameters_are_used() -> None:
    built = registry.build(spec("ma_cross", fast_ma="3", use_ema="true", atr_sl_mult="1.5"))

    assert built == MaCross(fast_ma=3, use_ema=True, atr_sl_mult=1.5)


@pytest.mark.parametrize(("name", "version"), [("macd", 1), ("ma_cross", 2)])
def test_an_unknown_class_or_version_is_refused_with_the_known_ones(
    name: str, version: int
) -> None:
    problem = refused(spec(name, version))

    assert problem.code is Code.STRATEGY_CLASS_UNKNOWN
    assert f"{name} version {version}" in problem.detail
    assert "ma_cross version 1, rsi version 1" in problem.detail


def test_every_wrong_parameter_is_named_with_value_and_range() -> None:
    problem = refused(spec("ma_cross", fast_ma="0", slow_ma="twenty", use_ema="yes", speed="9"))

    assert problem.code is Code.STRATEGY_PARAMETER_INVALID
    said = {error.field.removeprefix("spec.parameters."): error.message for error in problem.errors}
    assert said["fast_ma"] == "must be a whole number from 2 to 100; found '0'"
    assert said["slow_ma"] == "must be a whole number from 3 to 250; found 'twenty'"
    assert said["use_ema"] == "must be true or false; found 'yes'"
    assert said["speed"].startswith("is unknown; found '9'")


@pytest.mark.parametrize("text", ["NaN", "1e1", "-2", "2.", "\uff10", "999999999999", " 2"])
def test_a_text_that_is_no_plain_number_is_refused(text: str) -> None:
    assert refused(spec("rsi", sl=text)).code is Code.STRATEGY_PARAMETER_INVALID


def test_the_fast_average_must_be_faster() -> None:
    problem = refused(spec("ma_cross", fast_ma="20", slow_ma="20"))

    assert problem.errors[0].message == "must be below slow_ma (20); found '20'"


@pytest.mark.parametrize("known", registry.CLASSES, ids=lambda one: one.name)
def test_the_ends_of_every_range_are_taken(known: registry.StrategyClass) -> None:
    for parameter in known.parameters:
        ends = {"true", "false"} if parameter.kind == "flag" else {parameter.least, parameter.most}
        for end in ends:
            assert read((parameter,), {parameter.name: end})[1] == ()
        assert parameter.parse(parameter.default) is not None


def test_every_window_fits_into_one_history_answer() -> None:
    longest = MaCross(slow_ma=250, atr_period=100), Rsi(rsi_period=90)

    assert max(strategy.window_length for strategy in longest) <= 1_400
