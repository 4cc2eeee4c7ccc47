"""Every pod that the chart or the operator makes is let in where only restricted ones are."""

import copy
from collections.abc import Iterator

import pytest
from chart.desk import Desk
from cluster.kubectl import as_list
from integration.chart import operators
from integration.chart.rendering import VALUES, Helm, Object, pods

ROOM = "restricted-pods"
MODE = "pod-security.kubernetes.io"


@pytest.fixture(scope="module")
def room(desk: Desk) -> Iterator[str]:
    desk.kubectl("create", "namespace", ROOM)
    desk.kubectl(
        "label", "namespace", ROOM, f"{MODE}/enforce=restricted", f"{MODE}/warn=restricted",
        f"{MODE}/enforce-version=latest",
    )  # fmt: skip
    # Without it no pod is let in at all.
    desk.kubectl("wait", "serviceaccount/default", f"--namespace={ROOM}", "--for=create")
    yield ROOM
    desk.kubectl("delete", "namespace", ROOM, "--wait=false")


@pytest.fixture(scope="module")
def specs(desk: Desk) -> list[Object]:
    """Give the spec of every pod that any set of values or any tenant makes, each once."""
    helm = Helm(desk.helm)
    rendered = [spec for path in VALUES for _, spec in pods(helm.objects(path.read_text()))]
    of_tenants = [spec for _, spec in pods(operators.objects())]
    assert len(of_tenants) >= 2
    found: list[Object] = []
    for spec in [*rendered, *of_tenants]:
        if spec not in found:
            found.append(spec)
    return found


def test_pod_security_lets_every_pod_in(desk: Desk, room: str, specs: list[Object]) -> None:
    assert len(specs) >= 20
    made = desk.kubectl(*create(room), given=as_list(*(bare(i, s) for i, s in enumerate(specs))))
    assert made.count("created (server dry run)") == len(specs)


@pytest.mark.parametrize(
    "loosened",
    [
        {"hostNetwork": True},
        {"securityContext": {}},
        {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_pod_that_may_more_is_found(
    desk: Desk, room: str, specs: list[Object], loosened: Object
) -> None:
    spec = {**specs[0], **loosened}
    spec["volumes"] = [*specs[0]["volumes"], *loosened.get("volumes", [])]
    said = desk.kubectl.refusal(*create(room), given=as_list(bare(0, spec)))
    assert "violates PodSecurity" in said


def create(room: str) -> tuple[str, ...]:
    return ("create", f"--namespace={room}", "--dry-run=server", "--filename=-")


def bare(index: int, spec: Object) -> Object:
    """Return a pod of this spec that needs nothing else to be there."""
    alone = copy.deepcopy(spec)
    for field in ("serviceAccountName", "priorityClassName"):
        alone.pop(field, None)
    volumes = alone.setdefault("volumes", [])
    mounts = [mount for one in alone["containers"] for mount in one.get("volumeMounts", [])]
    claimed = {one["name"] for one in mounts} - {one["name"] for one in volumes}
    volumes += [  # as a StatefulSet would
        {"name": name, "persistentVolumeClaim": {"claimName": name}} for name in sorted(claimed)
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"pod-{index}"},
        "spec": alone,
    }
