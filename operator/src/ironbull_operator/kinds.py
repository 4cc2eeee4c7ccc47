"""Where does each kind of object live in the Kubernetes API?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import quote

from ironbull_messages.resources import API_VERSION

Object = dict[str, Any]
"""An object as the API speaks it."""

_PLURALS: Final[Mapping[tuple[str, str], str]] = {
    ("v1", "Namespace"): "namespaces",
    ("v1", "Secret"): "secrets",
    ("v1", "ConfigMap"): "configmaps",
    ("v1", "Service"): "services",
    ("v1", "ServiceAccount"): "serviceaccounts",
    ("v1", "Pod"): "pods",
    ("v1", "PersistentVolumeClaim"): "persistentvolumeclaims",
    ("v1", "ResourceQuota"): "resourcequotas",
    ("v1", "LimitRange"): "limitranges",
    ("apps/v1", "Deployment"): "deployments",
    ("apps/v1", "StatefulSet"): "statefulsets",
    ("autoscaling/v2", "HorizontalPodAutoscaler"): "horizontalpodautoscalers",
    ("policy/v1", "PodDisruptionBudget"): "poddisruptionbudgets",
    ("networking.k8s.io/v1", "NetworkPolicy"): "networkpolicies",
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): "rolebindings",
    ("coordination.k8s.io/v1", "Lease"): "leases",
    ("events.k8s.io/v1", "Event"): "events",
    ("networking.k8s.io/v1", "Ingress"): "ingresses",
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): "httproutes",
    (API_VERSION, "Tenant"): "tenants",
    (API_VERSION, "Strategy"): "strategies",
    (API_VERSION, "ExecutionNode"): "executionnodes",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object, of one version of its group."""

    api_version: str
    name: str

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """Return the path of an object, or of the collection when no name is given.

        Args:
            namespace: None for a kind without namespaces, or for the objects of all of them.
        """
        root = "api" if "/" not in self.api_version else "apis"
        parts = [root, self.api_version]
        if namespace is not None:
            parts += ["namespaces", quote(namespace, safe="")]
        parts += [_PLURALS[self.api_version, self.name]]
        parts += [quote(part, safe="") for part in (name, subresource) if part]
        return "/" + "/".join(parts)


@dataclass(frozen=True, slots=True)
class Ref:
    """Which object is meant."""

    kind: Kind
    name: str
    namespace: str | None = None

    @classmethod
    def of(cls, thing: Object) -> Self:
        """Return which object this is."""
        metadata = thing["metadata"]
        kind = Kind(thing["apiVersion"], thing["kind"])
        return cls(kind, metadata["name"], metadata.get("namespace"))

    def path(self, subresource: str = "") -> str:
        """Return where it lives."""
        return self.kind.path(self.namespace, self.name, subresource)

    def __str__(self) -> str:
        """Return kind and name for people."""
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind.name} {place}{self.name}"


NAMESPACE: Final = Kind("v1", "Namespace")
SECRET: Final = Kind("v1", "Secret")
CONFIG_MAP: Final = Kind("v1", "ConfigMap")
SERVICE: Final = Kind("v1", "Service")
DEPLOYMENT: Final = Kind("apps/v1", "Deployment")
STATEFUL_SET: Final = Kind("apps/v1", "StatefulSet")
POD: Final = Kind("v1", "Pod")
VOLUME_CLAIM: Final = Kind("v1", "PersistentVolumeClaim")
INGRESS: Final = Kind("networking.k8s.io/v1", "Ingress")
HTTP_ROUTE: Final = Kind("gateway.networking.k8s.io/v1", "HTTPRoute")
NETWORK_POLICY: Final = Kind("networking.k8s.io/v1", "NetworkPolicy")
HORIZONTAL_POD_AUTOSCALER: Final = Kind("autoscaling/v2", "HorizontalPodAutoscaler")
LEASE: Final = Kind("coordination.k8s.io/v1", "Lease")
EVENT: Final = Kind("events.k8s.io/v1", "Event")
TENANT: Final = Kind(API_VERSION, "Tenant")
STRATEGY: Final = Kind(API_VERSION, "Strategy")
EXECUTION_NODE: Final = Kind(API_VERSION, "ExecutionNode")
