"""Two nodes are a cluster: pods reach across, a node can be drained, lost and found."""

import pytest
from cluster import network, processes
from cluster.conftest import Cluster
from cluster.kubectl import as_list, eventually
from cluster.workloads import web

pytestmark = pytest.mark.two_nodes
PATIENCE_SECONDS = 60
# A node whose link is cut is given up after about 50 s.
GIVEN_UP_SECONDS = 250


def test_pods_and_services_reach_across_nodes(two_nodes: Cluster, room_on_two: str) -> None:
    kubectl = two_nodes.kubectl
    within = f"--namespace={room_on_two}"
    items = web("web", two_nodes.image, spread=True)
    kubectl("apply", within, "--filename=-", given=as_list(*items))
    kubectl("rollout", "status", "deployment/web", within, "--timeout=60s")
    rows = kubectl.get("pods", within)["items"]
    assert {row["spec"]["nodeName"] for row in rows} == {"node-1", "node-2"}
    names = {row["metadata"]["name"] for row in rows}
    ask = "import urllib.request; print(urllib.request.urlopen('http://web').read().decode())"
    for name in names:
        seen = {
            kubectl("exec", name, within, "--", "python3", "-c", ask).strip() for _ in range(12)
        }
        assert seen == names


def test_a_node_whose_link_is_cut_is_given_up_and_comes_back(two_nodes: Cluster) -> None:
    second = two_nodes.nodes[1]
    network.cut(second)

    def condition() -> str:
        found = two_nodes.kubectl.get("node", second.name)["status"]["conditions"]
        return next(str(row["status"]) for row in found if row["type"] == "Ready")

    eventually(lambda: condition() == "Unknown", GIVEN_UP_SECONDS)
    assert processes.first(second) is not None
    network.join(second)
    eventually(lambda: condition() == "True", PATIENCE_SECONDS)


def test_a_drained_node_has_no_pods_of_ours(two_nodes: Cluster, room_on_two: str) -> None:
    kubectl = two_nodes.kubectl
    within = f"--namespace={room_on_two}"
    kubectl("apply", within, "--filename=-", given=as_list(*web("web", two_nodes.image)))
    kubectl("rollout", "status", "deployment/web", within, "--timeout=60s")
    kubectl("drain", "node-2", "--ignore-daemonsets", "--timeout=60s")
    try:
        kubectl("rollout", "status", "deployment/web", within, "--timeout=60s")
        rows = kubectl.get("pods", within)["items"]
        assert {row["spec"]["nodeName"] for row in rows} == {"node-1"}
    finally:
        kubectl("uncordon", "node-2")
