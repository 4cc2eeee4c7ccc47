"""Whatever program of a node is killed, it comes back, and pods do not notice."""

import os
import signal

import pytest
from cluster import processes
from cluster.conftest import Cluster
from cluster.kubectl import as_list, eventually
from cluster.places import FIRST
from cluster.workloads import web

PATIENCE_SECONDS = 60


@pytest.mark.parametrize("program", ["kube-apiserver", "etcd", "kubelet", "containerd"])
def test_a_killed_program_comes_back_and_pods_go_on(
    cluster: Cluster, room: str, program: str
) -> None:
    kubectl = cluster.kubectl
    within = f"--namespace={room}"
    kubectl("apply", within, "--filename=-", given=as_list(*web("web", cluster.image)))
    kubectl("rollout", "status", "deployment/web", within, "--timeout=60s")
    pid = processes.programs(FIRST)[program]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: processes.programs(FIRST).get(program, pid) != pid, PATIENCE_SECONDS)
    eventually(lambda: kubectl("get", "--raw=/readyz") == "ok", PATIENCE_SECONDS)

    def none_restarted() -> bool:
        rows = kubectl.get("pods", within)["items"]
        statuses = [row["status"]["containerStatuses"][0] for row in rows]
        assert [status["restartCount"] for status in statuses] == [0, 0]
        return all(status["ready"] for status in statuses)

    eventually(none_restarted, PATIENCE_SECONDS)
    # A new pod still starts: every part works again.
    kubectl("scale", "deployment/web", within, "--replicas=3")
    kubectl("rollout", "status", "deployment/web", within, "--timeout=60s")
