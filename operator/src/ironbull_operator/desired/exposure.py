"""What leads from outside to the merchant API? An Ingress or an HTTPRoute of a tenant's name."""

from ironbull_messages.resources import Gateway, Ingress, Tls
from ironbull_operator.desired.platform import Platform, labels
from ironbull_operator.kinds import HTTP_ROUTE, INGRESS, Object

COMPONENT = "merchant-api"
PORT_NAME = "merchant"
PORT = 8080
"""Of the merchant API, at the platform's Service."""


def name_of(tenant: str) -> str:
    """Return the name of the Ingress or HTTPRoute in the platform's namespace."""
    return f"ironbull-merchant-{tenant}"


def ingress(
    platform: Platform, tenant: str, hostname: str, way: Ingress, tls: Tls | None
) -> Object:
    """Return the Ingress of a tenant.

    Args:
        tls: None: the controller's own certificate, if any.
    """
    backend = {"service": {"name": platform.api_service, "port": {"name": PORT_NAME}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    spec: Object = {"rules": [{"host": hostname, "http": {"paths": [path]}}]}
    if way.class_name is not None:
        spec["ingressClassName"] = way.class_name
    if tls is not None:
        spec["tls"] = [{"hosts": [hostname], "secretName": tls.secret_name}]
    metadata = _metadata(platform, tenant)
    if way.annotations:
        metadata["annotations"] = dict(way.annotations)
    return {
        "apiVersion": INGRESS.api_version,
        "kind": INGRESS.name,
        "metadata": metadata,
        "spec": spec,
    }


def http_route(platform: Platform, tenant: str, hostname: str, way: Gateway) -> Object:
    """Return the HTTPRoute of a tenant."""
    parent = {"name": way.name, "namespace": way.namespace or platform.namespace}
    if way.section_name is not None:
        parent["sectionName"] = way.section_name
    return {
        "apiVersion": HTTP_ROUTE.api_version,
        "kind": HTTP_ROUTE.name,
        "metadata": _metadata(platform, tenant),
        "spec": {
            "parentRefs": [parent],
            "hostnames": [hostname],
            "rules": [
                {
                    "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                    "backendRefs": [{"name": platform.api_service, "port": PORT}],
                }
            ],
        },
    }


def refusal(route: Object) -> str:
    """Return why a Gateway does not take a route; empty: it does, or has not said yet."""
    for parent in route.get("status", {}).get("parents", ()):
        for row in parent.get("conditions", ()):
            if row["type"] == "Accepted" and row["status"] == "False":
                return f"{row['reason']}: {row.get('message', '')}"
    return ""


def _metadata(platform: Platform, tenant: str) -> Object:
    return {
        "name": name_of(tenant),
        "namespace": platform.namespace,
        "labels": dict(labels(tenant, COMPONENT, tenant)),
    }
