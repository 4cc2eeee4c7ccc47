"""The chart on a real node: installed and ready, a tenant trading, an uninstall refused."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chart.desk import Desk
from cluster import start
from cluster.conftest import load_platform, running
from cluster.kubectl import eventually
from cluster.places import KUBECONFIG
from integration.chart.rendering import CHART, NAMESPACE, RELEASE, ROOT

EXAMPLE = ROOT / "docs" / "examples" / "one-tenant.yaml"
WITHIN_SECONDS = 120
READY_SECONDS = 60
PASSED = re.compile(r"^Phase: +Succeeded$", re.MULTILINE)
OURS = f"--namespace={NAMESPACE}"
# The first one builds the images and begins the node.
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def node() -> Iterator[Desk]:
    """Install without any value, and wait as Helm waits."""
    cluster = running(1)
    load_platform(cluster)
    desk = Desk(Path(start.PROGRAMS) / "helm", cluster.kubectl)
    assert str(KUBECONFIG) == cluster.kubectl.kubeconfig
    desk.kubectl("create", "namespace", NAMESPACE)
    desk.kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
    wait = ("--wait", "--wait-for-jobs", f"--timeout={WITHIN_SECONDS}s")
    desk.run("install", RELEASE, str(CHART), *wait)
    yield desk
    patience = f"--timeout={WITHIN_SECONDS}s"
    # The operator lets them go once they are cleared away, so it goes after them.
    for kind in ("executionnode", "strategy", "tenant"):
        desk.kubectl("delete", f"{kind}.ironbull.io", "--all", "--all-namespaces", patience)
    desk.run("uninstall", RELEASE)
    desk.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    desk.kubectl("delete", "namespace", "--selector=ironbull.io/tenant", patience)
    desk.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", patience)
    desk.kubectl("delete", "crd", "--all", f"--timeout={WITHIN_SECONDS}s")


def test_nothing_had_to_be_started_twice(node: Desk) -> None:
    pods = node.kubectl.get("pods", OURS)["items"]
    restarts = {
        pod["metadata"]["name"]: sum(
            status["restartCount"] for status in pod["status"]["containerStatuses"]
        )
        for pod in pods
    }
    assert len(restarts) >= 8
    assert set(restarts.values()) == {0}, restarts


def test_helm_test_finds_the_platform_well(node: Desk) -> None:
    assert PASSED.search(node.run("test", RELEASE))


def test_one_apply_brings_a_tenant_whose_merchant_key_the_notes_show(node: Desk) -> None:
    _apply_example(node)
    # The notes end in a command for a shell; its template is what is asked here.
    notes = node.run("get", "notes", RELEASE)
    found = re.search(r"ironbull-merchant-aurora -o go-template='(.+)'", notes)
    assert found
    key = node.kubectl(
        "get", "secret", "ironbull-merchant-aurora", OURS, f"--output=go-template={found[1]}"
    )
    assert re.fullmatch(r"key_id: mk_\w+\nsecret: \S+\n", key)


def test_an_uninstall_is_refused_while_a_tenant_is_active_and_can_be_taken_back(node: Desk) -> None:
    _apply_example(node)
    before = _running(node)

    said = node.refusal("uninstall", RELEASE)

    assert "job ironbull-uninstall failed" in said
    log = node.kubectl("logs", "job/ironbull-uninstall", OURS)
    assert "uninstall refused: Active tenants: aurora" in log
    back = re.search(r"helm -n ironbull-system (rollback ironbull \d+)", log)
    assert back
    node.run(*back[1].split())
    assert '"status":"deployed"' in node.run("status", RELEASE, "--output=json")
    assert _running(node) == before


@pytest.mark.parametrize("server", ["postgres", "nats"])
def test_a_trial_server_that_is_deleted_comes_back_with_what_it_held(
    node: Desk, server: str
) -> None:
    _apply_example(node)
    node.kubectl("delete", "pod", f"ironbull-{server}-0", OURS)
    node.kubectl(
        "rollout", "status", f"statefulset/ironbull-{server}", OURS, f"--timeout={WITHIN_SECONDS}s"
    )
    assert PASSED.search(node.run("test", RELEASE))
    eventually(lambda: _all_are_ready(node), WITHIN_SECONDS)


def _apply_example(node: Desk) -> None:
    node.kubectl("apply", f"--filename={EXAMPLE}")
    node.kubectl(
        "wait", "tenant/aurora", "strategy/crossing", "executionnode/main",
        "--namespace=ironbull-aurora", "--for=condition=Ready", f"--timeout={READY_SECONDS}s",
    )  # fmt: skip


def _running(node: Desk) -> set[str]:
    pods = node.kubectl.get("pods", OURS, "--field-selector=status.phase=Running")["items"]
    return {pod["metadata"]["name"] for pod in pods}


def _all_are_ready(node: Desk) -> bool:
    found = node.kubectl.get("deployments,statefulsets", "--all-namespaces")["items"]
    return all(
        one["status"].get("readyReplicas", 0) == one["spec"]["replicas"]
        for one in found
        if one["metadata"]["namespace"] != "kube-system"
    )
