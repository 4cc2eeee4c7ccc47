"""A pod that a quota leaves no room for is explained by the field that bounds it."""

import pytest

from ironbull_messages.resources import Limits
from ironbull_operator.desired import namespace, room
from ironbull_operator.kinds import Object

RESOURCES = {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "1Gi"}}
TEMPLATE: Object = {"spec": {"containers": [{"resources": RESOURCES}]}}


def _quota(used: dict[str, str], limits: Limits) -> Object:
    return {"status": {"hard": namespace.hard(limits), "used": used}}


@pytest.mark.parametrize(
    ("limits", "used", "field"),
    [
        (Limits(pods=3), {"pods": "2"}, ""),
        (Limits(pods=3), {"pods": "3"}, "spec.limits.pods"),
        (Limits(requests_cpu="500m"), {"requests.cpu": "450m"}, ""),
        (Limits(requests_cpu="500m"), {"requests.cpu": "451m"}, "spec.limits.requestsCpu"),
        (Limits(limits_memory="2Gi"), {"limits.memory": "1536Mi"}, "spec.limits.limitsMemory"),
        (Limits(requests_memory="96Mi"), {}, ""),
    ],
)
def test_the_bound_that_is_reached_is_named(
    limits: Limits, used: dict[str, str], field: str
) -> None:
    told = room.shortage(_quota(used, limits), room.of_a_pod(TEMPLATE), "aurora")
    assert (field in told) if field else told == ""


def test_a_volume_counts_by_number_and_by_size() -> None:
    needs = room.of_a_volume({"spec": {"resources": {"requests": {"storage": "1Gi"}}}})
    full = _quota({"persistentvolumeclaims": "1"}, Limits(volumes=1))
    assert "spec.limits.volumes" in room.shortage(full, needs, "aurora")
    small = _quota({"requests.storage": "1Gi"}, Limits(storage="1536Mi"))
    assert "spec.limits.storage" in room.shortage(small, needs, "aurora")


def test_a_quota_that_nothing_is_known_of_yet_refuses_nothing() -> None:
    assert room.shortage({}, room.of_a_pod(TEMPLATE), "aurora") == ""
