"""What of the platform do objects in a tenant's namespace need to know?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ironbull_messages.resources import NAMESPACE_PREFIX, TENANT_LABEL

PART_OF: Final = "ironbull"
MANAGED_BY: Final = "ironbull-operator"
MONITORING: Final = {"kubernetes.io/metadata.name": "monitoring"}
POOL_LABEL: Final = "ironbull.io/pool"


@dataclass(frozen=True, slots=True)
class Outside:
    """How members outside of the cluster reach the platform.

    Args:
        nats_ca: PEM of who vouches for NATS there; empty: the machines' own authorities.
    """

    nats_url: str
    nats_ca: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the platform answers, and which images its engines and members run.

    Args:
        namespace: of the platform.
        centre_key: public half of the key that signs grants.
        paper_url: None: there is no paper exchange.
        node_images: places from which a pool may name its own image.
        outside: None: nobody outside of the cluster can take part.
        api_service: name of the Service of its APIs.
        nats_cidrs: where NATS is, when it does not run in the platform's namespace.
        live_allowed: whether tenants may trade real money.
        monitoring: labels of the namespaces that read metrics; empty: none do.
    """

    namespace: str
    nats_url: str
    centre_key: str
    services_image: str
    node_image: str
    paper_url: str | None = None
    live_allowed: bool = False
    api_service: str = "ironbull-api"
    node_images: tuple[str, ...] = ()
    outside: Outside | None = None
    nats_cidrs: tuple[str, ...] = ()
    monitoring: Mapping[str, str] = field(default_factory=lambda: dict(MONITORING))


def namespace_of(tenant: str) -> str:
    """Return the namespace in which a tenant's documents and pods lie."""
    return f"{NAMESPACE_PREFIX}{tenant}"


def tenant_named(namespace: str) -> str:
    """Return whose namespace this is by its name."""
    return namespace.removeprefix(NAMESPACE_PREFIX)


def labels(tenant: str, component: str, instance: str) -> Mapping[str, str]:
    """Return the labels of an object; the tenant's is what children are watched by."""
    return {
        "app.kubernetes.io/name": component,
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/part-of": PART_OF,
        "app.kubernetes.io/managed-by": MANAGED_BY,
        TENANT_LABEL: tenant,
    }
