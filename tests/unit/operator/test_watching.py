"""A change wakes who has to look: the object itself, and whoever builds from it."""

from typing import Any

import pytest

from ironbull_messages.resources import API_VERSION, TENANT_LABEL
from ironbull_operator import watching
from ironbull_operator.desired.platform import POOL_LABEL
from ironbull_operator.kinds import EXECUTION_NODE, STRATEGY, TENANT, Object, Ref
from ironbull_operator.seen import CHILDREN

PLACE = "ironbull-aurora"
AURORA = Ref(TENANT, "aurora")


def _thing(api_version: str, kind: str, name: str, **metadata: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **metadata}}


@pytest.mark.parametrize(
    ("thing", "woken"),
    [
        (_thing(API_VERSION, "Tenant", "aurora"), [AURORA]),
        (
            _thing(API_VERSION, "Strategy", "crossing", namespace=PLACE),
            [Ref(STRATEGY, "crossing", PLACE), AURORA],
        ),
        (_thing("v1", "Namespace", PLACE, labels={TENANT_LABEL: "aurora"}), [AURORA]),
        (
            _thing("apps/v1", "Deployment", "engine", labels={TENANT_LABEL: "aurora"}),
            [AURORA],
        ),
        (
            _thing(
                *("apps/v1", "StatefulSet", "main-0"),
                namespace=PLACE,
                labels={TENANT_LABEL: "aurora", POOL_LABEL: "main"},
            ),
            [Ref(EXECUTION_NODE, "main", PLACE)],
        ),
        (_thing("v1", "ConfigMap", "theirs"), []),
    ],
)
def test_a_change_wakes_who_has_to_look(thing: Object, woken: list[Ref]) -> None:
    assert list(watching.woken(thing)) == woken


@pytest.mark.parametrize(
    ("told", "metadata", "is_told"),
    [
        ({"observedGeneration": 2}, {"generation": 2}, True),
        ({"observedGeneration": 1}, {"generation": 2}, False),
        ({}, {"generation": 1}, False),
        ({"observedGeneration": 2}, {"generation": 2, "deletionTimestamp": "now"}, False),
    ],
)
def test_what_was_changed_while_nobody_looked_is_seen(
    told: Object,
    metadata: Object,
    is_told: bool,  # noqa: FBT001
) -> None:
    assert watching.is_told({"metadata": metadata, "status": told}) is is_told


def test_kopf_watches_children_by_the_tenants_label_on_the_servers_side() -> None:
    selectors = watching.settings().watching.label_selectors
    assert len(selectors) == len(CHILDREN)
    assert set(selectors.values()) == {TENANT_LABEL}
