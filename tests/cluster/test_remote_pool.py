"""A member elsewhere takes part with what the operator hands out for it, and no longer."""

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import operator_desk
from cluster.operator_desk import Desk, until
from cluster.places import ROOT

from ironbull_local import tether

EXAMPLE = ROOT / "docs" / "examples" / "one-tenant.yaml"
PLACE = "ironbull-aurora"
HERE = f"--namespace={PLACE}"
POOL = ("xn", "far", HERE)
FAR = {
    "apiVersion": "ironbull.io/v1alpha1",
    "kind": "ExecutionNode",
    "metadata": {"name": "far", "namespace": PLACE},
    "spec": {"venue": "paper", "location": {"remote": {}}},
}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with operator_desk.running() as made:
        made.kubectl("apply", f"--filename={EXAMPLE}")
        with made.operator():
            until(lambda: made.ready("tenant", "aurora"), "a condition of the tenant")
            yield made


def _secrets(desk: Desk) -> set[str]:
    return {name for name in desk.names("secret", PLACE) if name.startswith("far-")}


def test_a_remote_member_is_ready_by_its_own_hello_and_cut_off_when_it_leaves(
    desk: Desk, tmp_path: Path
) -> None:
    desk.kubectl("apply", "--filename=-", given=json.dumps(FAR))
    until(lambda: desk.ready(*POOL).get("reason") == "MembersAwaited", "what is waited for")
    told = desk.ready(*POOL)["message"]
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
        until(lambda: desk.ready(*POOL).get("reason") == "Serving", "the member's hello")
        assert desk.get(*POOL)["status"]["readyReplicas"] == 1
        desk.kubectl("scale", *POOL, "--replicas=0")
        until(lambda: not desk.get(*POOL)["status"]["members"], "the member gone")
        until(lambda: not _secrets(desk), "its Secrets gone")
        until(lambda: node.poll() is not None, "the member ended, as NATS lets it in no more")
    finally:
        tether.stop(node)
