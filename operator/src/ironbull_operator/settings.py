"""How does the operator start? A mistake names its environment variable."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from ironbull_kit.settings import SecretFile, Settings
from ironbull_messages.launch import Env, Served

Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
Image = Annotated[str, StringConstraints(pattern=r"^[^\s]{1,512}$")]
NatsUrl = Annotated[str, StringConstraints(pattern=r"^(nats|tls)://[^\s,]+$")]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


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
