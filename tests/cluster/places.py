"""Where the cluster keeps what it builds and what it runs, and how its nodes are addressed."""

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# A person's cluster and those of the tests may run beside each other. What pytest starts belongs to
# the tests unless CLUSTER_NAME says otherwise.
RUNS = {
    "trial": Path("/var/lib/ironbull-cluster"),
    "test": Path("/var/lib/ironbull-cluster-test"),
    "long": Path("/var/lib/ironbull-cluster-long"),
}
NETWORKS = {"trial": "10.99", "test": "10.98", "long": "10.97"}
NAME = os.environ.get("CLUSTER_NAME") or ("test" if "PYTEST_VERSION" in os.environ else "trial")
OTHERS = tuple(name for name in RUNS if name != NAME)
# Everything that a running cluster writes; cluster-down removes it.
RUN = RUNS[NAME]
NETWORK = NETWORKS[NAME]
KUBECONFIG = RUN / "kubeconfig"
PKI = RUN / "pki"
# kubectl and Helm would remember the cluster in the home of their user.
HOMES = {"KUBECACHEDIR": str(RUN / "kubectl"), "HELM_CACHE_HOME": str(RUN / "helm")}
HOST_LINK = f"ironbull-{NAME}"
HOST_ADDRESS = f"{NETWORK}.0.1"
SERVICES = "10.96.0.0/16"
API_SERVICE = "10.96.0.1"
PODS = "10.244.0.0/16"
API_PORT = 6443
WEB_PORT = 8000
DOMAIN = "cluster.local"
MAX_NODES = 2


def cache() -> Path:
    """Return the folder of what was built; it outlives every cluster."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ironbull" / "cluster"


@dataclass(frozen=True, slots=True)
class Node:
    """One node: a process, mount, network and host name of its own on this machine.

    Args:
        index: from 1; node 1 also runs the control plane.
    """

    index: int

    @property
    def name(self) -> str:
        return f"node-{self.index}"

    @property
    def folder(self) -> Path:
        return RUN / self.name

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.index - 1}.2"

    @property
    def gateway(self) -> str:
        """Return the near end of the link: the machine's for node 1, node 1's for the others."""
        return f"{NETWORK}.{self.index - 1}.1"

    @property
    def pods(self) -> str:
        return f"10.244.{self.index - 1}.0/24"

    @property
    def cgroup(self) -> str:
        return f"ironbull-{NAME}-{self.index}"

    @property
    def containerd(self) -> Path:
        return self.folder / "containerd.sock"

    @property
    def spec(self) -> Path:
        """Return the file that its first process reads; its path in a command line names it."""
        return self.folder / "node.json"


FIRST = Node(1)
API_URL = f"https://{FIRST.address}:{API_PORT}"
