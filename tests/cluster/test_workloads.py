"""A user's workloads run on the cluster as on any other."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from cluster import start
from cluster.commands import output
from cluster.conftest import Cluster
from cluster.kubectl import Kubectl, as_list, eventually
from cluster.places import FIRST, KUBECONFIG, WEB_PORT
from cluster.workloads import pod, pod_spec, web

ROLLED_OUT = "--timeout=60s"
CALL_SECONDS = 30
PATIENCE_SECONDS = 60
SAY_URL = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())"
READ_TWICE = """
import pathlib
place = pathlib.Path("/data/seen")
print("before:", place.read_text() if place.exists() else "nothing")
place.write_text("something")
"""


def names_of(kubectl: Kubectl, room: str, label: str) -> set[str]:
    rows = kubectl.get("pods", f"--namespace={room}", f"--selector=app={label}")["items"]
    return {row["metadata"]["name"] for row in rows}


def test_a_node_is_ready_and_says_its_version(cluster: Cluster) -> None:
    (node,) = cluster.kubectl.get("nodes")["items"]
    conditions = {row["type"]: row["status"] for row in node["status"]["conditions"]}
    assert conditions["Ready"] == "True"
    assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.34.4"


def test_restricted_pods_roll_out_and_a_service_has_a_name(cluster: Cluster, room: str) -> None:
    kubectl = cluster.kubectl
    within = f"--namespace={room}"
    kubectl("apply", within, "--filename=-", given=as_list(*web("web", cluster.image)))
    kubectl("rollout", "status", "deployment/web", within, ROLLED_OUT)
    pods = names_of(kubectl, room, "web")
    assert len(pods) == 2
    one = min(pods)

    def asked(url: str) -> str:
        return kubectl("exec", one, within, "--", "python3", "-c", SAY_URL, url).strip()

    seen = {asked(f"http://web.{room}.svc.cluster.local") for _ in range(12)}
    assert seen == pods
    assert asked("http://web") in pods
    logs = kubectl("logs", "--selector=app=web", within)
    assert '"GET / HTTP/1.1" 200' in logs


def test_a_pod_reaches_the_api_with_its_account(cluster: Cluster, room: str) -> None:
    program = """
import os, ssl, urllib.request
place = "/var/run/secrets/kubernetes.io/serviceaccount"
trust = ssl.create_default_context(cafile=f"{place}/ca.crt")
url = "https://kubernetes.default.svc/version"
print(urllib.request.urlopen(url, context=trust).read().decode())
"""
    said = run_once(cluster.kubectl, room, pod("ask", pod_spec(cluster.image, program)))
    assert json.loads(said)["gitVersion"] == "v1.34.4"


def test_a_claim_binds_and_its_volume_outlives_the_pod(cluster: Cluster, room: str) -> None:
    kubectl = cluster.kubectl
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": room},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    kubectl.apply(claim)
    spec = pod_spec(cluster.image, READ_TWICE)
    spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    spec["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    assert run_once(kubectl, room, pod("first", spec)) == "before: nothing"
    assert run_once(kubectl, room, pod("second", spec)) == "before: something"
    found = kubectl.get("persistentvolumeclaim", "data", f"--namespace={room}")
    assert found["status"]["phase"] == "Bound"
    assert found["spec"]["storageClassName"] == "local"


def test_an_ingress_is_reached_from_the_machine(cluster: Cluster, room: str) -> None:
    kubectl = cluster.kubectl
    within = f"--namespace={room}"
    service = {"name": "web", "port": {"number": 80}}
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": service}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web"},
        "spec": {"rules": [{"host": f"{room}.test", "http": {"paths": [path]}}]},
    }
    items = [*web("web", cluster.image), ingress]
    kubectl("apply", within, "--filename=-", given=as_list(*items))
    kubectl("rollout", "status", "deployment/web", within, ROLLED_OUT)
    request = urllib.request.Request(
        f"http://{FIRST.address}:{WEB_PORT}/", headers={"Host": f"{room}.test"}
    )

    def answers() -> bool:
        try:
            with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:  # noqa: S310
                return answer.read().decode() in names_of(kubectl, room, "web")
        except OSError:
            return False

    eventually(answers, PATIENCE_SECONDS)
    found = kubectl.get("ingress", "web", within)
    assert found["status"]["loadBalancer"]["ingress"] == [{"ip": FIRST.address}]


def test_helm_installs_and_removes_a_chart(cluster: Cluster, room: str, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text(
        "{apiVersion: v2, name: tiny, version: 1.0.0, kubeVersion: '>=1.34.0-0'}\n"
    )
    (tmp_path / "templates" / "map.yaml").write_text(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: {{ .Release.Name }}}}\n"
    )

    def helm(*words: str) -> str:
        program = str(start.PROGRAMS / "helm")
        return output(program, f"--kubeconfig={KUBECONFIG}", f"--namespace={room}", *words)

    helm("install", "some", str(tmp_path), "--wait")
    within = f"--namespace={room}"
    assert cluster.kubectl.get("configmap", "some", within)["metadata"]["name"] == "some"
    assert "deployed" in helm("list")
    helm("uninstall", "some", "--wait")
    assert "NotFound" in cluster.kubectl.refusal("get", "configmap", "some", within)


def run_once(kubectl: Kubectl, room: str, item: dict[str, Any]) -> str:
    """Run a pod to its end and return what it said."""
    within = f"--namespace={room}"
    name = item["metadata"]["name"]
    kubectl("apply", within, "--filename=-", given=as_list(item))
    kubectl("wait", f"pod/{name}", within, "--for=jsonpath={.status.phase}=Succeeded", ROLLED_OUT)
    return kubectl("logs", name, within).strip()
