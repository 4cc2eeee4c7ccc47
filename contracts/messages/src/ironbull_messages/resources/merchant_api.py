"""How do a tenant's servers reach the merchant API, and from where?"""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from ironbull_messages.resources.addresses import CIDR
from ironbull_messages.resources.parts import Spec

_LABEL: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
ObjectName = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})*$", max_length=253)]
"""The name of an object of the cluster."""
Hostname = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})+$", max_length=253)]
"""A DNS name in lower case, as `api.aurora.example.org`."""
AnnotationName = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9][-a-z0-9.]{0,252}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
        max_length=317,
    ),
]
AnnotationText = Annotated[str, StringConstraints(max_length=1_024)]


class Tls(Spec):
    """With which certificate an Ingress answers."""

    secret_name: ObjectName
    """A Secret of type kubernetes.io/tls in the platform's namespace; it may come later."""


class Ingress(Spec):
    """The Ingress that the operator makes in the platform's namespace."""

    class_name: ObjectName | None = None
    """The IngressClass; left out: the cluster's default."""
    annotations: dict[AnnotationName, AnnotationText] = Field(default_factory=dict, max_length=32)
    """What the ingress controller is told, as `cert-manager.io/cluster-issuer: letsencrypt`."""


class Gateway(Spec):
    """The Gateway that an HTTPRoute of the operator is attached to."""

    name: ObjectName
    """Of the Gateway; it must let the platform's namespace attach routes."""
    namespace: ObjectName | None = None
    """Left out: the platform's."""
    section_name: ObjectName | None = None
    """The listener; left out: all whose hostname fits. It holds the certificate, too."""


class MerchantApi(Spec):
    """The way to the merchant API from outside: by an Ingress or by a Gateway."""

    hostname: Hostname | None = None
    """The tenant's own name of the API; of two tenants that want one, the older has it."""
    tls: Tls | None = None
    """Left out: the Ingress answers with the controller's own certificate, if at all."""
    ingress: Ingress | None = None
    """Has the operator make an Ingress for the hostname."""
    gateway: Gateway | None = None
    """Has the operator make an HTTPRoute for the hostname, where the cluster serves the Gateway
    API."""
    allowed_cidrs: tuple[CIDR, ...] = Field(default=(), alias="allowedCIDRs", max_length=64)
    """From where calls are taken; none: from everywhere. The API itself refuses the others.

    Behind an Ingress or a Gateway it knows the caller only by the proxies that the platform
    trusts: the chart's api.trustedProxies.
    """
