"""The configuration files of a node's containerd, its pod network, kubelet and kube-proxy."""

import json
from pathlib import Path

from cluster.places import DOMAIN, FIRST, PKI, PODS, Node

PAUSE_IMAGE = "registry.test/pause:1"
CNI_PROGRAMS = "/usr/lib/cni"
MTU = 1500


def containerd(node: Node) -> str:
    """Return containerd's configuration.

    A machine without CAP_SYS_RESOURCE may not lower an OOM score, so the score is restricted.
    """
    folder = node.folder
    return f"""\
version = 2
root = "{folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "{node.containerd}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PROGRAMS}"
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = false
"""


def pod_network(node: Node) -> str:
    """Return the CNI configuration: a link for each pod, addresses of the node's range."""
    addresses = {
        "type": "host-local",
        "dataDir": "/run/cni",
        "ranges": [[{"subnet": node.pods}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    plugins = [
        {"type": "ptp", "ipMasq": False, "ipam": addresses, "mtu": MTU},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ]
    return json.dumps({"cniVersion": "0.4.0", "name": "pods", "plugins": plugins}, indent=1)


def kubelet(node: Node) -> str:
    """Return kubelet's configuration."""
    content = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{node.cgroup}",
        "cgroupsPerQOS": True,
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "containerRuntimeEndpoint": f"unix://{node.containerd}",
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "maxOpenFiles": 20000,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{PKI}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{PKI}/{node.name}-serving.crt",
        "tlsPrivateKeyFile": f"{PKI}/{node.name}-serving.key",
        "clusterDNS": [FIRST.address],
        "clusterDomain": DOMAIN,
        "resolvConf": f"{node.folder}/resolv.conf",
        "evictionHard": {
            "memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"
        },
        # Images are imported once and cannot be pulled again, so none may be collected.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "nodeStatusUpdateFrequency": "5s",
        "podLogsDir": f"{node.folder}/pods-log",
    }  # fmt: skip
    return json.dumps(content, indent=1)


def kube_proxy(node: Node) -> str:
    """Return kube-proxy's configuration; it may not touch the machine's connection tracking."""
    content = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": f"{PKI}/kube-proxy.kubeconfig"},
        "clusterCIDR": PODS,
        "hostnameOverride": node.name,
        "oomScoreAdj": 0,
        "conntrack": {
            "maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"
        },
    }  # fmt: skip
    return json.dumps(content, indent=1)


def core_dns() -> str:
    """Return CoreDNS's configuration: names of the cluster and no others."""
    return f"""\
.:53 {{
  bind {FIRST.address}
  errors
  ready {FIRST.address}:8181
  kubernetes {DOMAIN} in-addr.arpa {{
    kubeconfig {PKI}/admin.kubeconfig ironbull
    pods insecure
  }}
  cache 5
}}
"""


def write_all(node: Node) -> None:
    """Write a node's files into its folder."""
    files = {
        "containerd.toml": containerd(node),
        "cni/10-pods.conflist": pod_network(node),
        "kubelet.json": kubelet(node),
        "kube-proxy.json": kube_proxy(node),
        "Corefile": core_dns(),
        "resolv.conf": f"nameserver {FIRST.address}\n",
    }
    for folder in ("cni", "log", "pods-log", "volumes"):
        (node.folder / folder).mkdir(parents=True)
    for name, content in files.items():
        Path(node.folder / name).write_text(content)
