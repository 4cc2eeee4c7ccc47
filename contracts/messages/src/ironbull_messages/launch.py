"""How is a node or an engine started? Environment names and files are spelled here alone."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError

from ironbull_messages.base import Message, Name, Token
from ironbull_messages.problems import Code, FieldError, Problem
from ironbull_messages.words import Environment, VenueType

CREDS_FILE: Final = "nats.creds"
JOURNAL_FILE: Final = "journal.sqlite"
SEAL_KEY_FILE: Final = "seal.key"
LOOPBACK: Final = "127.0.0.1"
PLATFORM_AUDIENCE: Final = "ironbull-platform"
"""For whom the operator's token is made: it opens nothing but the platform API."""


class Env(StrEnum):
    """Environment names of IronBull's processes."""

    NATS_URL = "IRONBULL_NATS_URL"
    NATS_CREDS = "IRONBULL_NATS_CREDS"
    NATS_CA = "IRONBULL_NATS_CA"
    TENANT = "IRONBULL_TENANT"
    TOKEN = "IRONBULL_TOKEN"  # noqa: S105 - a name, not a secret
    STATE_DIR = "IRONBULL_STATE_DIR"
    VENUE = "IRONBULL_VENUE"
    VENUE_URL = "IRONBULL_VENUE_URL"
    CENTRE_KEY = "IRONBULL_CENTRE_KEY"
    CONCURRENCY = "IRONBULL_CONCURRENCY"
    DRAIN_SECONDS = "IRONBULL_DRAIN_SECONDS"
    DOCUMENTS = "IRONBULL_DOCUMENTS"
    HOST = "IRONBULL_HOST"
    HEALTH_PORT = "IRONBULL_HEALTH_PORT"
    HEALTH_FILE = "IRONBULL_HEALTH_FILE"
    LOG_LEVEL = "IRONBULL_LOG_LEVEL"
    DATABASE_URL = "IRONBULL_DATABASE_URL"
    TENANT_DATABASE_URL = "IRONBULL_TENANT_DATABASE_URL"
    OWNER_DATABASE_URL = "IRONBULL_OWNER_DATABASE_URL"
    MASTER_KEY = "IRONBULL_MASTER_KEY"
    CENTRE_SIGNING_KEY = "IRONBULL_CENTRE_SIGNING_KEY"
    PLATFORM_TOKEN = "IRONBULL_PLATFORM_TOKEN"  # noqa: S105 - a name, not a secret
    STAFF_TOKEN = "IRONBULL_STAFF_TOKEN"  # noqa: S105 - a name, not a secret
    MERCHANT_PORT = "IRONBULL_MERCHANT_PORT"
    ADMIN_PORT = "IRONBULL_ADMIN_PORT"
    PLATFORM_PORT = "IRONBULL_PLATFORM_PORT"
    ENDPOINTS_FILE = "IRONBULL_ENDPOINTS_FILE"
    ROLES = "IRONBULL_ROLES"
    CRASH_POINT = "IRONBULL_CRASH_POINT"
    NATS_CREDS_SOURCE = "IRONBULL_NATS_CREDS_SOURCE"
    NAMESPACE = "IRONBULL_NAMESPACE"
    PLATFORM_URL = "IRONBULL_PLATFORM_URL"
    NATS_ROOTS = "IRONBULL_NATS_ROOTS"
    NATS_SYSTEM_CREDS = "IRONBULL_NATS_SYSTEM_CREDS"
    NATS_CIDRS = "IRONBULL_NATS_CIDRS"
    NATS_JWT_SECONDS = "IRONBULL_NATS_JWT_SECONDS"
    MONITORING_LABELS = "IRONBULL_MONITORING_LABELS"
    CENTRE_KEY_FILE = "IRONBULL_CENTRE_KEY_FILE"
    SERVICES_IMAGE = "IRONBULL_SERVICES_IMAGE"
    NODE_IMAGE = "IRONBULL_NODE_IMAGE"
    NATS_OUTSIDE_URL = "IRONBULL_NATS_OUTSIDE_URL"
    NATS_OUTSIDE_CA = "IRONBULL_NATS_OUTSIDE_CA"
    NODE_IMAGES = "IRONBULL_NODE_IMAGES"
    LIVE_ALLOWED = "IRONBULL_LIVE_ALLOWED"
    PAPER_URL = "IRONBULL_PAPER_URL"
    API_SERVICE = "IRONBULL_API_SERVICE"
    TRUSTED_PROXIES = "IRONBULL_TRUSTED_PROXIES"
    PLATFORM_CALLER = "IRONBULL_PLATFORM_CALLER"
    KUBERNETES_URL = "IRONBULL_KUBERNETES_URL"
    KUBERNETES_FOLDER = "IRONBULL_KUBERNETES_FOLDER"


Host = Annotated[str, Field(pattern=r"^[0-9.]{7,15}$")]
"""The IPv4 address to listen on: `0.0.0.0` in a pod, else the loopback interface."""


class Launch(Message):
    """What a process reads from its environment; each field's alias is its variable."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; variables of others are left alone.

        Raises:
            Problem: `setting_invalid`, naming each variable that is missing or wrong.
        """
        known = {str(field.alias) for field in cls.model_fields.values()}
        given = {name: value for name, value in environment.items() if name in known}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = tuple(
                FieldError(field=str(row["loc"][0]) if row["loc"] else "", message=row["msg"])
                for row in error.errors(include_input=False)
            )
            detail = "; ".join(f"{row.field}: {row.message}" for row in wrong)
            raise Problem(Code.SETTING_INVALID, detail, wrong) from None  # the cause holds values

    def to_environment(self) -> dict[str, str]:
        """Return the variables that start a process with these settings."""
        return {
            name: str(value)
            for name, value in self.model_dump(
                by_alias=True, mode="json", exclude_none=True
            ).items()
        }


class Served(Launch):
    """What every long-running process has: probes, metrics and a log."""

    host: Annotated[Host, Field(alias=Env.HOST.value)] = LOOPBACK
    health_port: Annotated[int, Field(alias=Env.HEALTH_PORT.value, ge=0, le=65_535)] = 0
    health_file: Annotated[Path | None, Field(alias=Env.HEALTH_FILE.value)] = None
    """Where the chosen port of /live, /ready and /metrics is written; None: nowhere."""
    log_level: Annotated[
        str, Field(alias=Env.LOG_LEVEL.value, pattern=r"^(debug|info|warning|error)$")
    ] = "info"


class _Client(Served):
    nats_url: Annotated[str, Field(alias=Env.NATS_URL.value, pattern=r"^(nats|tls)://[^\s,]+$")]
    nats_creds: Annotated[Path, Field(alias=Env.NATS_CREDS.value)]
    """A writable file: the JWT in it is renewed."""
    nats_creds_source: Annotated[Path | None, Field(alias=Env.NATS_CREDS_SOURCE.value)] = None
    """A file that is only read, as of a mounted Secret; what lives longer in it is taken over."""
    nats_ca: Annotated[Path | None, Field(alias=Env.NATS_CA.value)] = None
    """PEM of who vouches for a `tls://` server; None: the machine's own authorities."""
    tenant: Annotated[Name, Field(alias=Env.TENANT.value)]
    token: Annotated[Token, Field(alias=Env.TOKEN.value)]


class NodeLaunch(_Client):
    """How a member of an execution node starts."""

    state_dir: Annotated[Path, Field(alias=Env.STATE_DIR.value)]
    """Holds the journal and the member's X25519 key; survives restarts."""
    venue: Annotated[VenueType, Field(alias=Env.VENUE.value)]
    venue_url: Annotated[
        str | None, Field(alias=Env.VENUE_URL.value, pattern=r"^https?://[^\s]+$")
    ] = None
    """Base address of a paper exchange; None: the venue's own."""
    centre_key: Annotated[str, Field(alias=Env.CENTRE_KEY.value, min_length=44, max_length=44)]
    """Base64 of the Ed25519 key that signs grants."""
    concurrency: Annotated[int, Field(alias=Env.CONCURRENCY.value, ge=1, le=256)] = 32
    """Orders of different accounts in submission at the same time."""
    drain_seconds: Annotated[int, Field(alias=Env.DRAIN_SECONDS.value, ge=1, le=600)] = 12
    """How long a member that ends looks for orders whose outcome is unknown."""

    @property
    def environment(self) -> Environment:
        """Whether its orders are of real money: where no paper exchange is named, they are."""
        return Environment.LIVE if self.venue_url is None else Environment.PAPER


class EngineLaunch(_Client):
    """How a tenant's engine starts."""

    documents: Annotated[Path, Field(alias=Env.DOCUMENTS.value)]
    """A YAML file with the tenant's Strategy documents."""
