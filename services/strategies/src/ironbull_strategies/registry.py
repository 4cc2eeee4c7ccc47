"""Which strategy classes are there, and are a document's parameters within their ranges?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ironbull_messages.problems import Code, FieldError, Problem
from ironbull_messages.resources import ClassRef, StrategySpec
from ironbull_strategies import ma_cross, rsi
from ironbull_strategies.parameters import Parameter, Values, read
from ironbull_strategies.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between two parameters: `lower` stays below `higher`."""

    lower: str
    higher: str


@dataclass(frozen=True, slots=True)
class StrategyClass:
    """One class: how it is called, what it takes and how it is made."""

    name: str
    version: int
    summary: str
    parameters: tuple[Parameter, ...]
    build: Callable[[Values], Strategy]
    rules: tuple[Rule, ...] = ()


CLASSES: Final = (
    StrategyClass(
        "ma_cross",
        1,
        "A fast average crosses a slow one.",
        ma_cross.PARAMETERS,
        ma_cross.MaCross.build,
        (Rule("fast_ma", "slow_ma"),),
    ),
    StrategyClass(
        "rsi",
        1,
        "The relative strength index comes back from an extreme, or falls into one.",
        rsi.PARAMETERS,
        rsi.Rsi.build,
    ),
)
_BY_REFERENCE: Final = {(one.name, one.version): one for one in CLASSES}


def build(spec: StrategySpec) -> Strategy:
    """Make the strategy that a document describes.

    Raises:
        Problem: `strategy_class_unknown`, or `strategy_parameter_invalid` with an error for each
            parameter that is wrong.
    """
    found = _find(spec.class_ref)
    values, errors = read(found.parameters, spec.parameters)
    errors = errors or _broken(found.rules, values, spec.parameters)
    if errors:
        detail = "; ".join(f"{error.field} {error.message}" for error in errors)
        raise Problem(Code.STRATEGY_PARAMETER_INVALID, f"{found.name}: {detail}", errors)
    return found.build(values)


def _find(reference: ClassRef) -> StrategyClass:
    found = _BY_REFERENCE.get((reference.name, reference.version))
    if found is None:
        known = ", ".join(f"{name} version {version}" for name, version in _BY_REFERENCE)
        detail = f"{reference.name} version {reference.version} is not one of {known}"
        raise Problem(
            Code.STRATEGY_CLASS_UNKNOWN,
            detail,
            (FieldError(field="spec.classRef", message=detail),),
        )
    return found


def _broken(
    rules: tuple[Rule, ...], values: Values, given: Mapping[str, str]
) -> tuple[FieldError, ...]:
    return tuple(
        FieldError(
            field=f"spec.parameters.{rule.lower}",
            message=f"must be below {rule.higher} ({values.values[rule.higher]}); "
            f"found {given.get(rule.lower, str(values.values[rule.lower]))!r}",
        )
        for rule in rules
        if values.values[rule.lower] >= values.values[rule.higher]
    )
