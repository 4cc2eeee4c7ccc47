"""Which documents does a tenant's engine read? Accepted ones, of others the last that was.

One document that does not validate ends the engine of all the tenant's strategies, so nothing gets
in that the platform did not accept in just this form.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import yaml
from pydantic import ValidationError

from ironbull_messages.resources import API_VERSION, Strategy, StrategySpec, strategy_version
from ironbull_messages.words import DesiredState, Placement
from ironbull_operator.kinds import STRATEGY, Object

FILE: Final = "strategies.yaml"
NOT_FOR_ENGINES: Final = frozenset({"killSwitch", "placement", "schedule"})
"""What changes nothing of the opinions: an engine is not started anew for it."""
MOST_KEPT: Final = 8_192
"""Texts that are kept, so that a look at a tenant writes only what changed of its documents."""
_BETWEEN: Final = "---\n"
# Both are safe ones; libyaml's are five to nine times as fast, and write the same text.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def chosen(
    strategies: Iterable[Object], is_held: Callable[[Object], bool], live: Object | None
) -> list[Object]:
    """Return the documents that should run.

    Args:
        strategies: as they live.
        is_held: tells whether the platform accepted an object in its newest generation.
        live: the ConfigMap with what runs now; None: nothing does.
    """
    found = []
    for one in strategies:
        name, namespace = one["metadata"]["name"], one["metadata"]["namespace"]
        if not _should_run(one):
            continue
        if is_held(one) and _is_told(one):
            found.append(document(name, namespace, one["spec"]))
        elif (last := _last(live, name, namespace)) is not None:
            found.append(last)
    return found


def is_dedicated(strategy: Object, is_held: Callable[[Object], bool], own: Object | None) -> bool:
    """Tell whether a strategy should have an engine of its own; not accepted: as it is now.

    Args:
        strategy: as it lives.
        own: the ConfigMap of its own engine; None: it has none.
    """
    if not _should_run(strategy):
        return False
    if is_held(strategy) and _is_told(strategy):
        return bool(strategy["spec"].get("placement") == Placement.DEDICATED)
    return own is not None


def names(live: Object | None) -> set[str]:
    """Return the names of the strategies that an engine runs by its ConfigMap."""
    return {name for name, _ in _read(live)}


def document(name: str, namespace: str, spec: Object) -> Object:
    """Return a strategy's document as the engine reads it."""
    return {
        "apiVersion": API_VERSION,
        "kind": STRATEGY.name,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {key: value for key, value in spec.items() if key not in NOT_FOR_ENGINES},
    }


def written(documents: Sequence[Object]) -> str:
    """Return the text of documents, the same for the same ones in any order."""
    ordered = sorted(documents, key=lambda one: str(one["metadata"]["name"]))
    return _BETWEEN.join(_written_one(json.dumps(one, sort_keys=True)) for one in ordered)


@lru_cache(MOST_KEPT)
def _written_one(document: str) -> str:
    text: str = yaml.dump(json.loads(document), Dumper=_DUMPER, sort_keys=True)
    return text


def _should_run(strategy: Object) -> bool:
    is_ending = "deletionTimestamp" in strategy["metadata"]
    return not is_ending and strategy["spec"]["desiredState"] == DesiredState.RUNNING.value


def _is_told(strategy: Object) -> bool:
    """Tell whether the status bears the version of this very spec."""
    version = _version(json.dumps(strategy["spec"]))
    return version is not None and strategy.get("status", {}).get("version") == version


@lru_cache(MOST_KEPT)
def _version(spec: str) -> str | None:
    """Return the version of a spec; None: it does not validate."""
    try:
        return strategy_version(StrategySpec.model_validate(json.loads(spec)))
    except ValidationError:
        return None


def _last(live: Object | None, name: str, namespace: str) -> Object | None:
    """Return the document by which a strategy runs; others are not read, which is dear."""
    for text in (live or {}).get("data", {}).get(FILE, "").split(f"\n{_BETWEEN}"):
        if name in text and (found := _parsed(text).get((name, namespace))) is not None:
            return found
    return None


def _read(live: Object | None) -> dict[tuple[str, str], Object]:
    """Return what runs by name and namespace, without what is no document of a strategy."""
    return _parsed((live or {}).get("data", {}).get(FILE, ""))


def _parsed(text: str) -> dict[tuple[str, str], Object]:
    try:
        documents: list[Any] = list(yaml.load_all(text, Loader=_LOADER))
    except yaml.YAMLError:
        return {}
    found = {}
    for one in documents:
        try:
            read = Strategy.model_validate(one)
        except ValidationError:
            continue
        name, namespace = read.metadata.name, read.metadata.namespace or ""
        found[name, namespace] = document(name, namespace, one["spec"])
    return found
