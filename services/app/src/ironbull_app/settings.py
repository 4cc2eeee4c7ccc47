"""How do the central processes start? A mistake names its environment variable."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from ironbull_kit.settings import Settings
from ironbull_messages.launch import Env, Served

Url = Annotated[str, Field(pattern=r"^postgresql://[^\s]+$")]


def _words(given: object) -> object:
    return [word for word in given.split(",") if word] if isinstance(given, str) else given


class MigrateSettings(Settings):
    """What the migration needs."""

    owner_database_url: Annotated[Url, Field(alias=Env.OWNER_DATABASE_URL.value)]


class CentreSettings(Served, Settings):
    """What the central roles need."""

    database_url: Annotated[Url, Field(alias=Env.DATABASE_URL.value)]
    nats_url: Annotated[str, Field(alias=Env.NATS_URL.value)]
    nats_creds: Annotated[Path, Field(alias=Env.NATS_CREDS.value)]
    master_key: Annotated[Path, Field(alias=Env.MASTER_KEY.value)]
    centre_signing_key: Annotated[Path, Field(alias=Env.CENTRE_SIGNING_KEY.value)]
    venue_url: Annotated[str | None, Field(alias=Env.VENUE_URL.value)] = None
    """Base address of a paper exchange; None: no paper feed."""
    live_allowed: Annotated[bool, Field(alias=Env.LIVE_ALLOWED.value)] = False
    """Whether the market of venues with real money is read, from the venues' own addresses."""


class ApiSettings(Served, Settings):
    """What the APIs need."""

    database_url: Annotated[Url, Field(alias=Env.DATABASE_URL.value)]
    tenant_database_url: Annotated[Url, Field(alias=Env.TENANT_DATABASE_URL.value)]
    master_key: Annotated[Path, Field(alias=Env.MASTER_KEY.value)]
    staff_token: Annotated[Path, Field(alias=Env.STAFF_TOKEN.value)]
    platform_token: Annotated[Path | None, Field(alias=Env.PLATFORM_TOKEN.value)] = None
    """File with the token of who may call the platform API, on one machine."""
    platform_caller: Annotated[
        str | None,
        Field(
            alias=Env.PLATFORM_CALLER.value,
            pattern=r"^system:serviceaccount:[-a-z0-9]{1,63}:[-.a-z0-9]{1,253}$",
        ),
    ] = None
    """The service account that may call the platform API, in a cluster; Kubernetes is asked."""
    kubernetes_url: Annotated[str, Field(alias=Env.KUBERNETES_URL.value, pattern=r"^https://")] = (
        "https://kubernetes.default.svc"
    )
    kubernetes_folder: Annotated[Path, Field(alias=Env.KUBERNETES_FOLDER.value)] = Path(
        "/var/run/secrets/kubernetes.io/serviceaccount"
    )
    """Holds the token with which we ask Kubernetes, and its CA."""
    trusted_proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        Field(alias=Env.TRUSTED_PROXIES.value, max_length=64),
        BeforeValidator(_words),
    ] = ()
    """Ranges with commas between; what a proxy there says of a caller's address is believed."""
    merchant_port: Annotated[int, Field(alias=Env.MERCHANT_PORT.value, ge=0, le=65_535)] = 0
    admin_port: Annotated[int, Field(alias=Env.ADMIN_PORT.value, ge=0, le=65_535)] = 0
    platform_port: Annotated[int, Field(alias=Env.PLATFORM_PORT.value, ge=0, le=65_535)] = 0
    endpoints_file: Annotated[Path | None, Field(alias=Env.ENDPOINTS_FILE.value)] = None
