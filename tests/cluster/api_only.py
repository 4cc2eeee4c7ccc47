"""An API server with its etcd and controllers on the loopback interface: no node, no root needed.

What needs objects and no pods runs on it, beside any cluster and beside itself.
"""

import base64
import datetime as dt
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from cluster.certificates import Authority
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ironbull_local import tether

READY_SECONDS = 60.0
POLL_SECONDS = 0.1
LOOPBACK = "127.0.0.1"


@contextmanager
def running(programs: Path, folder: Path, controllers: Sequence[str] = ()) -> Iterator[Path]:
    """Run the API and yield its administrator's kubeconfig.

    Args:
        programs: folder of the built binaries.
        folder: an empty one, ours alone.
        controllers: flags of the controllers beside ours.
    """
    pki = folder / "pki"
    pki.mkdir(mode=0o700)
    etcd, peers, secure = (_free_port() for _ in range(3))
    url = f"https://{LOOPBACK}:{secure}"
    _write_keys(pki)
    kubeconfig = _kubeconfig(pki, url)
    with ExitStack() as stack:

        def start(name: str, *words: str) -> None:
            log = stack.enter_context((folder / f"{name}.log").open("ab"))
            command = [str(programs / name), *words]
            stack.callback(tether.stop, tether.start(command, log=log, folder=folder))

        start(
            "etcd",
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls=http://{LOOPBACK}:{etcd}",
            f"--advertise-client-urls=http://{LOOPBACK}:{etcd}",
            f"--listen-peer-urls=http://{LOOPBACK}:{peers}",
            f"--initial-advertise-peer-urls=http://{LOOPBACK}:{peers}",
            f"--initial-cluster=default=http://{LOOPBACK}:{peers}",
            "--unsafe-no-fsync",
        )
        start(
            "kube-apiserver",
            f"--etcd-servers=http://{LOOPBACK}:{etcd}",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={pki / 'accounts.pub'}",
            f"--service-account-signing-key-file={pki / 'accounts.key'}",
            f"--client-ca-file={pki / 'ca.crt'}",
            f"--tls-cert-file={pki / 'apiserver.crt'}",
            f"--tls-private-key-file={pki / 'apiserver.key'}",
            "--authorization-mode=RBAC",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={secure}",
        )
        kubectl = (str(programs / "kubectl"), f"--kubeconfig={kubeconfig}")
        _wait((*kubectl, "get", "--raw=/readyz"), folder)
        start(
            "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            "--leader-elect=false",
            "--use-service-account-credentials",
            f"--service-account-private-key-file={pki / 'accounts.key'}",
            f"--root-ca-file={pki / 'ca.crt'}",
            "--secure-port=0",
            *controllers,
        )
        yield kubeconfig


def _wait(question: Sequence[str], folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while subprocess.run(question, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            tail = (folder / "kube-apiserver.log").read_text(errors="replace")[-2_000:]
            raise AssertionError(f"no API after {READY_SECONDS:.0f} s: {tail}")
        time.sleep(POLL_SECONDS)


def _write_keys(pki: Path) -> None:
    authority = Authority(pki, dt.datetime.now(dt.UTC))
    authority.sign("apiserver", "kube-apiserver", serves=["kubernetes", "localhost", LOOPBACK])
    authority.sign("admin", "admin", "system:masters")
    accounts = rsa.generate_private_key(65537, 2048)
    (pki / "accounts.key").write_bytes(
        accounts.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (pki / "accounts.pub").write_bytes(
        accounts.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def _kubeconfig(pki: Path, url: str) -> Path:
    def encoded(name: str) -> str:
        return base64.b64encode((pki / name).read_bytes()).decode()

    user = {
        "client-certificate-data": encoded("admin.crt"),
        "client-key-data": encoded("admin.key"),
    }
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "api",
                "cluster": {"server": url, "certificate-authority-data": encoded("ca.crt")},
            }
        ],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "api", "context": {"cluster": "api", "user": "admin"}}],
        "current-context": "api",
    }
    path = pki / "kubeconfig"
    path.touch(0o600)
    path.write_text(json.dumps(content))
    return path


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind((LOOPBACK, 0))
        port: int = found.getsockname()[1]
        return port
