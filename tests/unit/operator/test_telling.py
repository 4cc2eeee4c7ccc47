"""A change of state is an Event, once per change of reason."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ironbull_operator import conditions
from ironbull_operator.conditions import Verdict
from ironbull_operator.kinds import Object
from ironbull_operator.kube import ConflictError, RefusedError
from ironbull_operator.reconcile import telling

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WAITS = conditions.waiting("EngineStarting", "wait")
ACTIVE = conditions.ready("Active", "runs")
STALLED = conditions.stalled("NamespaceNotOurs", "label it")


def _object(**metadata: str) -> Object:
    known = {"name": "aurora", "uid": "u1", "resourceVersion": "7"}
    return {
        "apiVersion": "ironbull.io/v1alpha1",
        "kind": "Tenant",
        "metadata": {**known, **metadata},
    }


def _before(verdict: Verdict) -> list[Object]:
    return conditions.conditions(verdict, 1, [], NOW)


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        ([], WAITS, None),
        ([], ACTIVE, None),
        ([], STALLED, "Warning"),
        (_before(WAITS), WAITS, None),
        (_before(WAITS), ACTIVE, "Normal"),
        (_before(ACTIVE), STALLED, "Warning"),
    ],
)
def test_only_another_reason_is_told(before: list[Object], now: Verdict, kind: str | None) -> None:
    told = telling.event(_object(), before, now, NOW)
    assert (None if told is None else told["type"]) == kind


def test_the_same_change_has_the_same_name_and_another_one_another() -> None:
    def name(before: Verdict, now: Verdict) -> str:
        told = telling.event(_object(), _before(before), now, NOW)
        assert told is not None
        return str(told["metadata"]["name"])

    assert name(WAITS, ACTIVE) == name(WAITS, ACTIVE)
    assert len({name(WAITS, ACTIVE), name(STALLED, ACTIVE), name(WAITS, STALLED)}) == 3


def test_an_event_lies_beside_its_object_or_in_the_default_namespace() -> None:
    cluster = telling.event(_object(), [], STALLED, NOW)
    inside = telling.event(_object(namespace="ironbull-aurora"), [], STALLED, NOW)
    assert cluster is not None
    assert inside is not None
    assert cluster["metadata"]["namespace"] == "default"
    assert "namespace" not in cluster["regarding"]
    assert inside["metadata"]["namespace"] == inside["regarding"]["namespace"] == "ironbull-aurora"


@pytest.mark.parametrize("error", [ConflictError("told"), RefusedError("no right")])
async def test_an_event_that_cannot_be_made_stops_nothing(error: Exception) -> None:
    class Cluster:
        async def create(self, thing: Object) -> Object:  # noqa: ARG002
            raise error

    cluster: Any = Cluster()
    await telling.tell(cluster, _object(), [], STALLED, NOW)
