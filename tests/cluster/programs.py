"""Which programs a node runs, and with which words."""

from pathlib import Path

from cluster.places import (
    API_PORT,
    FIRST,
    PKI,
    SERVICES,
    WEB_PORT,
    Node,
)
from cluster.spec import Program, Spec

API = f"tcp:{FIRST.address}:{API_PORT}"
ETCD = "http://127.0.0.1:2379"
ETCD_PEERS = "http://127.0.0.1:2380"
# What the programs of a node write outside of its folder goes into file systems of its own.
COVERS = ("/run", "/var/log", "/var/lib/kubelet", "/var/lib/cni")
KERNEL_WORDS = (
    ("/proc/sys/vm/overcommit_memory", "1\n"),
    ("/proc/sys/vm/panic_on_oom", "0\n"),
    ("/proc/sys/kernel/panic", "10\n"),
    ("/proc/sys/kernel/panic_on_oops", "1\n"),
    ("/proc/sys/kernel/keys/root_maxkeys", "1000000\n"),
    ("/proc/sys/kernel/keys/root_maxbytes", "25000000\n"),
)


def _etcd(programs: Path) -> Program:
    words = [
        f"--data-dir={FIRST.folder}/etcd",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        f"--listen-peer-urls={ETCD_PEERS}",
        f"--initial-advertise-peer-urls={ETCD_PEERS}",
        f"--initial-cluster=default={ETCD_PEERS}",
        "--unsafe-no-fsync",
    ]
    return Program("etcd", (str(programs / "etcd"), *words))


def _apiserver(programs: Path) -> Program:
    words = [
        f"--etcd-servers={ETCD}",
        f"--service-cluster-ip-range={SERVICES}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={PKI}/accounts.pub",
        f"--service-account-signing-key-file={PKI}/accounts.key",
        f"--client-ca-file={PKI}/ca.crt",
        f"--tls-cert-file={PKI}/apiserver.crt",
        f"--tls-private-key-file={PKI}/apiserver.key",
        f"--kubelet-client-certificate={PKI}/apiserver-kubelet.crt",
        f"--kubelet-client-key={PKI}/apiserver-kubelet.key",
        f"--kubelet-certificate-authority={PKI}/ca.crt",
        "--kubelet-preferred-address-types=InternalIP",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--secure-port={API_PORT}",
        # Never loopback: pods reach the API at this address.
        f"--advertise-address={FIRST.address}",
        "--allow-privileged=true",
    ]
    command = (str(programs / "kube-apiserver"), *words)
    return Program("kube-apiserver", command, after="tcp:127.0.0.1:2379")


def _loop(programs: Path, name: str, *words: str) -> Program:
    """Return a program that watches the API: controllers or the scheduler."""
    kubeconfig = f"{PKI}/{name}.kubeconfig"
    common = [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--leader-elect=false",
    ]
    return Program(name, (str(programs / name), *common, *words), after=API)


def _controllers(programs: Path) -> Program:
    return _loop(
        programs,
        "kube-controller-manager",
        f"--service-account-private-key-file={PKI}/accounts.key",
        f"--root-ca-file={PKI}/ca.crt",
        f"--cluster-signing-cert-file={PKI}/ca.crt",
        f"--cluster-signing-key-file={PKI}/ca.key",
        "--use-service-account-credentials",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--concurrent-namespace-syncs=50",
    )


def _dns(programs: Path) -> Program:
    command = (str(programs / "dns"), f"-conf={FIRST.folder}/Corefile")
    return Program("dns", command, after=API)


def _ingress(programs: Path) -> Program:
    words = [
        "--providers.kubernetesingress=true",
        f"--providers.kubernetesingress.ingressendpoint.ip={FIRST.address}",
        f"--entrypoints.web.address={FIRST.address}:{WEB_PORT}",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    ]
    return Program(
        "traefik",
        (str(programs / "traefik"), *words),
        (("KUBECONFIG", f"{PKI}/admin.kubeconfig"),),
        after=API,
    )


def _containerd(node: Node) -> Program:
    return Program("containerd", ("containerd", f"--config={node.folder}/containerd.toml"))


def _kubelet(programs: Path, node: Node) -> Program:
    words = [
        f"--config={node.folder}/kubelet.json",
        f"--kubeconfig={PKI}/{node.name}.kubeconfig",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        f"--root-dir={node.folder}/kubelet",
        f"--cert-dir={node.folder}/kubelet-pki",
    ]
    command = (str(programs / "kubelet"), *words)
    return Program("kubelet", command, after=f"unix:{node.containerd}")


def _proxy(programs: Path, node: Node) -> Program:
    command = (str(programs / "kube-proxy"), f"--config={node.folder}/kube-proxy.json")
    return Program("kube-proxy", command, after=API)


def spec(node: Node, programs: Path) -> Spec:
    """Return what a node's first process is told.

    Args:
        programs: the folder of the built binaries.
    """
    rows = [_containerd(node), _kubelet(programs, node), _proxy(programs, node)]
    if node == FIRST:
        control = [_etcd(programs), _apiserver(programs), _controllers(programs)]
        control.append(_loop(programs, "kube-scheduler"))
        rows = [*control, *rows, _dns(programs), _ingress(programs)]
    return Spec(node.name, str(node.folder), COVERS, KERNEL_WORDS, tuple(rows))
