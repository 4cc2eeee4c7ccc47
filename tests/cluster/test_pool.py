"""Pools on a real API without nodes: the test plays the kubelet and says how pods are."""

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster import operator_desk
from cluster.operator_desk import Desk, until
from cluster.places import ROOT

from ironbull_local import tether

EXAMPLE = ROOT / "docs" / "examples" / "one-tenant.yaml"
PLACE = "ironbull-aurora"
HERE = f"--namespace={PLACE}"
POOL = ("xn", "main", HERE)
FAR_POOL = ("xn", "far", HERE)
FAR = {
    "apiVersion": "ironbull.io/v1alpha1",
    "kind": "ExecutionNode",
    "metadata": {"name": "far", "namespace": PLACE},
    "spec": {"venue": "paper", "location": {"remote": {}}},
}
MEMBERS = ("main-0", "main-1", "main-2")


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with operator_desk.running() as made:
        made.kubectl("apply", f"--filename={EXAMPLE}")
        with made.operator():
            made.kubectl("scale", *POOL, f"--replicas={len(MEMBERS)}")
            until(lambda: set(MEMBERS) <= _pods(made).keys(), "a pod of each member")
            yield made


@pytest.fixture
def serving(desk: Desk) -> Desk:
    """Give the pool with all its members ready."""
    _serve(desk)
    return desk


def _serve(desk: Desk) -> None:
    """Say of every pod that comes that it is ready, until the pool serves."""

    def look() -> bool:
        for member in MEMBERS:
            _say(desk, member, _running())
        row = desk.ready(*POOL)
        return row.get("reason") == "Serving" and _is_newest(desk, row)

    until(look, "the pool serving")


def _is_newest(desk: Desk, row: dict[str, Any]) -> bool:
    return bool(row["observedGeneration"] == desk.get(*POOL)["metadata"]["generation"])


def _pods(desk: Desk) -> dict[str, Any]:
    return {
        pod["metadata"]["labels"]["app.kubernetes.io/instance"]: pod
        for pod in desk.get("pod", HERE, "--selector=ironbull.io/pool")["items"]
    }


def _concurrency(pod: dict[str, Any]) -> str:
    variables = pod["spec"]["containers"][0]["env"]
    return next(str(one["value"]) for one in variables if one["name"] == "IRONBULL_CONCURRENCY")


def _concurrencies(desk: Desk) -> list[str]:
    pods = _pods(desk)
    return [_concurrency(pods[name]) if name in pods else "" for name in MEMBERS]


def _running(ready: str = "True") -> dict[str, Any]:
    return {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]}


def _say(desk: Desk, member: str, status: dict[str, Any]) -> None:
    """Be the kubelet for a member's pod, should there be one."""
    if member in _pods(desk):
        words = ("patch", "pod", f"{member}-0", HERE, "--subresource=status", "--type=merge")
        desk.kubectl(*words, f"--patch={json.dumps({'status': status})}")


def _edit(desk: Desk, spec: dict[str, Any]) -> None:
    desk.kubectl("patch", *POOL, "--type=merge", f"--patch={json.dumps({'spec': spec})}")


def _message(desk: Desk) -> str:
    return desk.ready(*POOL).get("message", "")


def test_another_template_goes_to_one_member_after_the_other(serving: Desk) -> None:
    old = _concurrencies(serving)[0]
    _edit(serving, {"concurrency": 20})
    until(lambda: _concurrencies(serving) == ["20", old, old], "the first member changed")
    until(lambda: "main-1, main-2 run as before" in _message(serving), "who waits")
    assert serving.ready(*POOL)["reason"] == "MembersUpdating"
    _say(serving, "main-0", _running())
    until(lambda: _concurrencies(serving) == ["20", "20", old], "the second member changed")
    _say(serving, "main-1", _running())
    until(lambda: _concurrencies(serving) == ["20", "20", "20"], "the third member changed")
    _serve(serving)


def test_a_template_that_does_not_start_stops_at_the_first_member(serving: Desk) -> None:
    before = _concurrencies(serving)
    _edit(serving, {"concurrency": 21})
    until(lambda: _concurrencies(serving)[0] == "21", "the first member changed")
    looks = serving.looks("one")["ExecutionNode"]
    until(lambda: serving.looks("one")["ExecutionNode"] > looks + 2, "more looks at the pool")
    assert _concurrencies(serving)[1:] == before[1:]
    ready = [row["isReady"] for row in serving.get(*POOL)["status"]["members"]]
    assert ready == [False, True, True]
    _edit(serving, {"concurrency": 22})
    until(lambda: _concurrencies(serving)[0] == "22", "the corrected template at the first member")
    _serve(serving)
    assert _concurrencies(serving) == ["22", "22", "22"]


def _waiting(reason: str, message: str) -> dict[str, Any]:
    row = {
        "name": "node",
        "image": "x",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"waiting": {"reason": reason, "message": message}},
    }
    return {**_running(ready="False"), "containerStatuses": [row]}


def test_an_image_that_cannot_be_pulled_is_told_and_heals(serving: Desk) -> None:
    told = _waiting("ImagePullBackOff", "Back-off pulling image registry.test/none")
    _say(serving, "main-1", told)
    until(lambda: serving.ready(*POOL).get("reason") == "ImagePullBackOff", "the pod's reason")
    assert "main-1: ImagePullBackOff: Back-off pulling image registry.test/none" in _message(
        serving
    )
    assert serving.get(*POOL)["status"]["readyReplicas"] == len(MEMBERS) - 1
    _say(serving, "main-1", {**_running(), "containerStatuses": None})
    until(lambda: serving.ready(*POOL).get("reason") == "Serving", "the pool serving again")


def test_a_quota_that_lets_no_pod_in_is_told_and_heals(serving: Desk) -> None:
    quota = "--hard=pods=0"
    serving.kubectl("create", "quota", "none", quota, HERE)
    until(lambda: "used" in serving.get("quota", "none", HERE).get("status", {}), "the quota")
    serving.kubectl("delete", "pod", "main-2-0", HERE)
    until(lambda: serving.ready(*POOL).get("reason") == "QuotaExceeded", "the quota told of")
    assert "main-2: QuotaExceeded:" in _message(serving)
    serving.kubectl("delete", "quota", "none", HERE)
    _serve(serving)


def test_what_a_member_takes_is_the_documents_and_is_written_once(serving: Desk) -> None:
    _edit(
        serving,
        {
            "resources": {"requests": {"cpu": "1000m"}, "limits": {"cpu": "2", "memory": "1024Mi"}},
            "drainTimeoutSeconds": 40,
        },
    )
    _serve(serving)

    def looked() -> dict[str, Any]:
        looks = serving.looks("one")["ExecutionNode"]
        serving.kubectl("annotate", *POOL, f"test/looks={looks}", "--overwrite")
        until(lambda: serving.looks("one")["ExecutionNode"] > looks, "a look at the pool")
        return serving.get("statefulset", "main-0", HERE)

    found = looked()
    template = found["spec"]["template"]["spec"]
    assert template["terminationGracePeriodSeconds"] == 70
    assert template["containers"][0]["resources"] == {
        "requests": {"cpu": "1", "memory": "128Mi"},
        "limits": {"cpu": "2", "memory": "1Gi"},
    }
    assert looked()["metadata"]["resourceVersion"] == found["metadata"]["resourceVersion"]


def test_an_image_from_elsewhere_is_refused_and_changes_nothing(serving: Desk) -> None:
    known = serving.get(*POOL)["status"]["image"]
    assert known == operator_desk.IMAGE
    _edit(serving, {"image": "registry.evil/ironbull:none"})
    until(lambda: serving.ready(*POOL).get("reason") == "ImageNotAllowed", "the refusal")
    assert "registry.evil/ironbull:none" in _message(serving)
    assert "registry.test/ironbull" in _message(serving)
    assert {pod["spec"]["containers"][0]["image"] for pod in _pods(serving).values()} == {known}
    _edit(serving, {"image": "registry.test/ironbull:other"})
    until(lambda: serving.get(*POOL)["status"]["image"].endswith(":other"), "the image taken")
    _edit(serving, {"image": None})
    _serve(serving)
    assert serving.get(*POOL)["status"]["image"] == "registry.test/ironbull:other"
    assert f"the operator brings {known}" in _message(serving)
    _edit(serving, {"updatePolicy": "Automatic"})
    _serve(serving)
    assert serving.get(*POOL)["status"]["image"] == known
    _edit(serving, {"updatePolicy": "Manual"})


def test_an_autoscaler_comes_and_goes_and_owns_the_number_of_members(serving: Desk) -> None:
    _edit(serving, {"autoscaling": {"maxReplicas": 5}})
    until(lambda: "main" in serving.names("hpa", PLACE), "the autoscaler")
    target = serving.get("hpa", "main", HERE)["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("ExecutionNode", "main")
    assert serving.get(*POOL)["spec"]["replicas"] == len(MEMBERS)
    _edit(serving, {"autoscaling": None})
    until(lambda: "main" not in serving.names("hpa", PLACE), "the autoscaler gone")


def _secrets(desk: Desk) -> set[str]:
    return {name for name in desk.names("secret", PLACE) if name.startswith("far-")}


def test_a_remote_member_is_ready_by_its_own_hello_and_cut_off_when_it_leaves(
    desk: Desk, tmp_path: Path
) -> None:
    desk.kubectl("apply", "--filename=-", given=json.dumps(FAR))
    until(lambda: desk.ready(*FAR_POOL).get("reason") == "MembersAwaited", "what is waited for")
    told = desk.ready(*FAR_POOL)["message"]
    assert "kubectl get secret far-0-bundle --namespace=ironbull-aurora" in told
    assert "python3 -m ironbull_node --bundle far-0.json" in told
    assert "far-0" not in desk.names("statefulset", PLACE)
    secret = desk.get("secret", "far-0-bundle", HERE)["data"]["bundle.json"]
    file = tmp_path / "far-0.json"
    file.write_bytes(base64.b64decode(secret))
    command = (sys.executable, "-m", "ironbull_node", "--bundle", str(file))
    with (tmp_path / "log").open("wb") as log:
        node = tether.start(command, log=log, folder=tmp_path, env={})
    try:
        until(lambda: desk.ready(*FAR_POOL).get("reason") == "Serving", "the member's hello")
        assert desk.get(*FAR_POOL)["status"]["readyReplicas"] == 1
        desk.kubectl("scale", *FAR_POOL, "--replicas=0")
        until(lambda: not desk.get(*FAR_POOL)["status"]["members"], "the member gone")
        until(lambda: not _secrets(desk), "its Secrets gone")
        until(lambda: node.poll() is not None, "the member ended, as NATS lets it in no more")
    finally:
        tether.stop(node)
