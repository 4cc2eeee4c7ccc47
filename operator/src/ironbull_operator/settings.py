"""How does the operator start? A mistake names its environment variable."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from ironbull_kit.nats_users import JWT_SECONDS, MAX_JWT_SECONDS, MIN_JWT_SECONDS
from ironbull_kit.settings import SecretFile, Settings
from ironbull_messages.launch import Env, Served
from ironbull_operator.desired.platform import MONITORING

Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
Image = Annotated[str, StringConstraints(pattern=r"^[^\s]{1,512}$")]
NatsUrl = Annotated[str, StringConstraints(pattern=r"^(nats|tls)://[^\s,]+$")]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


def _words(given: object) -> object:
    return [word for word in given.split(",") if word] if isinstance(given, str) else given


def _pairs(given: object) -> object:
    if not isinstance(given, str):
        return given
    rows = (word.partition("=") for word in given.split(",") if word != "none")
    return {key: value for key, _, value in rows}


class BootstrapSettings(Settings):
    """What the bootstrap needs: where the installation's secrets are kept."""

    namespace: Annotated[Namespace, Field(alias=Env.NAMESPACE.value)]


class OperatorSettings(Served, Settings):
    """What the operator needs."""

    namespace: Annotated[Namespace, Field(alias=Env.NAMESPACE.value)]
    """Of the platform itself."""
    platform_url: Annotated[HttpUrl, Field(alias=Env.PLATFORM_URL.value)]
    platform_token: Annotated[Path, Field(alias=Env.PLATFORM_TOKEN.value)]
    """File with our token for the platform API; read for each call, as it is renewed."""
    nats_url: Annotated[NatsUrl, Field(alias=Env.NATS_URL.value)]
    """Where engines and members connect, and the operator itself."""
    nats_cidrs: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        Field(alias=Env.NATS_CIDRS.value, max_length=64),
        BeforeValidator(_words),
    ] = ()
    """Where NATS is when it is not in the platform's namespace; commas between."""
    monitoring: Annotated[
        dict[str, str],
        Field(alias=Env.MONITORING_LABELS.value, max_length=64),
        BeforeValidator(_pairs),
    ] = MONITORING
    """Labels of the namespaces that read metrics: `key=value`, commas between; `none`: none do."""
    nats_outside_url: Annotated[NatsUrl | None, Field(alias=Env.NATS_OUTSIDE_URL.value)] = None
    """Where members outside of the cluster connect; None: there can be none. To a `tls://` server
    they speak TLS from the first byte: it needs `handshake_first`, or a proxy that ends TLS."""
    nats_outside_ca: Annotated[Path | None, Field(alias=Env.NATS_OUTSIDE_CA.value)] = None
    """PEM of who vouches for that server; None: the machines' own authorities."""
    nats_jwt_seconds: Annotated[
        int, Field(alias=Env.NATS_JWT_SECONDS.value, ge=MIN_JWT_SECONDS, le=MAX_JWT_SECONDS)
    ] = JWT_SECONDS
    """How long credentials of engines and members live; they renew them at two thirds of it."""
    nats_roots: Annotated[Path, Field(alias=Env.NATS_ROOTS.value)]
    """Folder with the seeds that the bootstrap made."""
    nats_creds: Annotated[Path, Field(alias=Env.NATS_CREDS.value)]
    """Of the centre's user: renewals are answered over it."""
    nats_system_creds: Annotated[Path, Field(alias=Env.NATS_SYSTEM_CREDS.value)]
    """Of the system user: claims are pushed over it."""
    centre_key: Annotated[SecretFile, Field(alias=Env.CENTRE_KEY_FILE.value)]
    """Public half of the key that signs grants; every member is started with it."""
    services_image: Annotated[Image, Field(alias=Env.SERVICES_IMAGE.value)]
    node_image: Annotated[Image, Field(alias=Env.NODE_IMAGE.value)]
    node_images: Annotated[
        str, Field(alias=Env.NODE_IMAGES.value, pattern=r"^[^\s]*$", max_length=4_096)
    ] = ""
    """Places from which a pool may name its own image, beside the repository of `node_image`:
    repositories, or what ends with a slash; a comma between them."""
    paper_url: Annotated[HttpUrl | None, Field(alias=Env.PAPER_URL.value)] = None
    """The paper exchange; None: members of paper venues cannot run."""
    live_allowed: Annotated[bool, Field(alias=Env.LIVE_ALLOWED.value)] = False
    """Whether tenants may trade real money; else pools of Live venues do not run."""
    api_service: Annotated[Namespace, Field(alias=Env.API_SERVICE.value)] = "ironbull-api"
    """Service of the APIs, in the platform's namespace: Ingresses of tenants lead to it."""
