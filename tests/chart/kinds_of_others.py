"""Kinds that others bring into a cluster, defined so that any field is let in."""

from collections.abc import Iterator
from contextlib import contextmanager

from cluster.kubectl import Kubectl
from integration.chart.rendering import Object

KINDS = (
    ("monitoring.coreos.com", "v1", "PodMonitor"),
    ("monitoring.coreos.com", "v1", "ServiceMonitor"),
    ("monitoring.coreos.com", "v1", "PrometheusRule"),
    ("gateway.networking.k8s.io", "v1", "HTTPRoute"),
    ("keda.sh", "v1alpha1", "ScaledObject"),
)
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


@contextmanager
def served(kubectl: Kubectl) -> Iterator[None]:
    """Have the cluster serve them, and then no more."""
    definitions = [definition(*kind) for kind in KINDS]
    kubectl.apply(*definitions)
    names = [f"crd/{one['metadata']['name']}" for one in definitions]
    kubectl("wait", *names, "--for=condition=Established")
    try:
        yield
    finally:
        kubectl("delete", *names)


def definition(group: str, version: str, kind: str) -> Object:
    """Return the definition of a kind."""
    singular, plural = kind.lower(), f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, it stands in for one"},
        },
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": singular},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": ANYTHING},
                }
            ],
        },
    }
