"""What does a tenant's namespace hold before anything runs in it? Rights and bounds."""

from collections.abc import Mapping
from typing import Final

from ironbull_messages.resources import TENANT_LABEL, Limits
from ironbull_operator.desired.platform import Platform, labels, namespace_of
from ironbull_operator.kinds import NAMESPACE, Kind, Object

SECRETS_ROLE: Final = "ironbull-operator-tenant-secrets"
"""ClusterRole of the chart, bound in each tenant's namespace: nowhere else are Secrets read."""
OPERATOR_ACCOUNT: Final = "ironbull-operator"
ROLE_BINDING: Final = Kind("rbac.authorization.k8s.io/v1", "RoleBinding")
QUOTA: Final = Kind("v1", "ResourceQuota")
LIMITS: Final = Kind("v1", "LimitRange")
BOUNDS: Final = "ironbull"
"""Name of the namespace's quota and of its defaults."""
BOUND_BY: Final[Mapping[str, str]] = {
    "pods": "pods",
    "persistentvolumeclaims": "volumes",
    "requests.cpu": "requests_cpu",
    "requests.memory": "requests_memory",
    "limits.memory": "limits_memory",
    "requests.storage": "storage",
}
"""Which field of a tenant's limits bounds what the quota counts."""


def namespace(tenant: str) -> Object:
    """Return the namespace with the label that makes it the tenant's."""
    return {
        "apiVersion": NAMESPACE.api_version,
        "kind": NAMESPACE.name,
        "metadata": {
            "name": namespace_of(tenant),
            "labels": {
                TENANT_LABEL: tenant,
                "pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/enforce-version": "latest",
                "pod-security.kubernetes.io/warn": "restricted",
            },
        },
    }


def rights(platform: Platform, tenant: str) -> Object:
    """Return the operator's right to this namespace's Secrets."""
    return {
        "apiVersion": ROLE_BINDING.api_version,
        "kind": ROLE_BINDING.name,
        "metadata": metadata(tenant, SECRETS_ROLE),
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": SECRETS_ROLE,
        },
        "subjects": [
            {
                "kind": "ServiceAccount",
                "name": OPERATOR_ACCOUNT,
                "namespace": platform.namespace,
            }
        ],
    }


def bounds(tenant: str, limits: Limits) -> list[Object]:
    """Return how much a namespace may take, and what a container takes that says nothing."""
    return [
        {
            "apiVersion": QUOTA.api_version,
            "kind": QUOTA.name,
            "metadata": metadata(tenant, BOUNDS),
            "spec": {"hard": hard(limits)},
        },
        {
            "apiVersion": LIMITS.api_version,
            "kind": LIMITS.name,
            "metadata": metadata(tenant, BOUNDS),
            "spec": {
                "limits": [
                    {
                        "type": "Container",
                        "default": {"memory": "512Mi"},
                        "defaultRequest": {"cpu": "50m", "memory": "96Mi"},
                    }
                ]
            },
        },
    ]


def hard(limits: Limits) -> dict[str, str]:
    """Return what a quota holds a namespace to; nothing is reached from outside."""
    wanted = {key: getattr(limits, name) for key, name in BOUND_BY.items()}
    bounded = {key: str(value) for key, value in wanted.items() if value is not None}
    return {**bounded, "services.loadbalancers": "0", "services.nodeports": "0"}


def metadata(tenant: str, name: str) -> Object:
    """Return the metadata of what lies in a tenant's namespace from its beginning."""
    return {
        "name": name,
        "namespace": namespace_of(tenant),
        "labels": dict(labels(tenant, "namespace", tenant)),
    }
