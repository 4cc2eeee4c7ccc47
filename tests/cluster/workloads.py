"""Objects that the tests of the cluster run: namespaces, pods, a web server of two pods."""

from typing import Any

PORT = 8080
NAMESPACE_LABELS = {"pod-security.kubernetes.io/enforce": "restricted"}
SERVER = f"""
import http.server, os
class Name(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["HOSTNAME"].encode())
http.server.ThreadingHTTPServer(("", {PORT}), Name).serve_forever()
"""


def namespace(name: str) -> dict[str, Any]:
    """Return a namespace that lets only restricted pods in."""
    metadata = {"name": name, "labels": NAMESPACE_LABELS}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def container(image: str, program: str) -> dict[str, Any]:
    """Return a container that runs a Python program and may do nothing else."""
    return {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-u", "-c", program],
        "resources": {
            "requests": {"cpu": "20m", "memory": "32Mi"},
            "limits": {"memory": "256Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }


def pod_spec(image: str, program: str) -> dict[str, Any]:
    """Return what Pod Security calls restricted, ending at once when told."""
    return {
        "containers": [container(image, program)],
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def pod(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Return a pod that runs once."""
    spec = {"restartPolicy": "Never", **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def web(name: str, image: str, *, spread: bool = False) -> list[dict[str, Any]]:
    """Return a Deployment of two pods that say their names, and its Service.

    Args:
        spread: each pod on a node of its own.
    """
    labels = {"app": name}
    spec = pod_spec(image, SERVER)
    probe = {"httpGet": {"path": "/", "port": PORT}, "periodSeconds": 1}
    spec["containers"][0]["readinessProbe"] = probe
    if spread:
        rule = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": labels}}
        spec["affinity"] = {
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [rule]}
        }
    template = {"metadata": {"labels": labels}, "spec": spec}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": PORT}]},
    }
    return [deployment, service]
