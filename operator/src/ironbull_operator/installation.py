"""Which Secrets does an installation make for itself? Each once, and never anew."""

import base64
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ironbull_kit import nats_accounts, nats_config, nats_jwt, secret
from ironbull_kit.nats_accounts import RootKeys
from ironbull_operator.kinds import SECRET, Object, Ref
from ironbull_operator.kube import ConflictError, Kube

KEYS: Final = "ironbull-keys"
DATABASE: Final = "ironbull-database"
NATS_ROOTS: Final = "ironbull-nats-roots"
NATS_USERS: Final = "ironbull-nats-users"
NATS_SERVER: Final = "ironbull-nats-server"
NAMES: Final = (KEYS, DATABASE, NATS_ROOTS, NATS_USERS, NATS_SERVER)
JWT_FOLDER: Final = Path("/data/jwt")
"""Where the chart's NATS keeps the claims that were pushed to it."""
KEY_BYTES: Final = 32
SEEDS: Final = ("operator.seed", "system.seed", "platform.seed")


@dataclass(frozen=True, slots=True)
class Made:
    """What the bootstrap did with one Secret."""

    name: str
    is_new: bool


async def make(kube: Kube, namespace: str, now: int, wanted: Collection[str] = NAMES) -> list[Made]:
    """Make the Secrets that are missing; those that are there stay as they are.

    The NATS users and the server's configuration follow from the root seeds: they are made from the
    seeds that are stored, so that an interrupted bootstrap goes on with its own.

    Args:
        wanted: the names of those to make; others somebody else looks after.
    """
    fresh = {KEYS: _keys, DATABASE: _passwords, NATS_ROOTS: _roots}
    made = [
        await _keep(kube, namespace, name, texts())
        for name, texts in fresh.items()
        if name in wanted
    ]
    if not {NATS_USERS, NATS_SERVER} & set(wanted):
        return made
    stored = await kube.get(Ref(SECRET, NATS_ROOTS, namespace))
    if stored is None:
        raise ConflictError(
            f"Secret {namespace}/{NATS_ROOTS} does not exist: {NATS_USERS} and {NATS_SERVER} "
            "follow from it, so let it be made as well"
        )
    texts = content(stored)
    roots = RootKeys(*(texts[name] for name in SEEDS))
    follows = {
        NATS_USERS: _users(roots, now),
        NATS_SERVER: {"authority.conf": nats_config.authority(roots, JWT_FOLDER, now)},
    }
    made += [
        await _keep(kube, namespace, name, texts)
        for name, texts in follows.items()
        if name in wanted
    ]
    return made


def read_roots(folder: Path) -> RootKeys:
    """Return the seeds of the installation from where their Secret is mounted.

    Raises:
        Problem: `setting_invalid`, naming the file.
    """
    return RootKeys(*(secret.read(folder / name).reveal() for name in SEEDS))


def secret_object(
    namespace: str, name: str, texts: Mapping[str, str], labels: Mapping[str, str]
) -> Object:
    """Return a Secret that holds these texts."""
    return {
        "apiVersion": SECRET.api_version,
        "kind": SECRET.name,
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "type": "Opaque",
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()},
    }


def content(stored: Object) -> dict[str, str]:
    """Return the texts that a Secret holds."""
    return {key: base64.b64decode(text).decode() for key, text in stored.get("data", {}).items()}


async def _keep(kube: Kube, namespace: str, name: str, texts: Mapping[str, str]) -> Made:
    labels = {"app.kubernetes.io/part-of": "ironbull"}
    try:
        await kube.create(secret_object(namespace, name, texts, labels))
    except ConflictError:
        return Made(name, is_new=False)
    return Made(name, is_new=True)


def _keys() -> dict[str, str]:
    signing = Ed25519PrivateKey.generate()
    return {
        "master.key": _random_key(),
        "centre-signing.key": base64.b64encode(signing.private_bytes_raw()).decode(),
        "centre-signing.pub": base64.b64encode(signing.public_key().public_bytes_raw()).decode(),
        "staff.token": secrets.token_urlsafe(KEY_BYTES),
    }


def _passwords() -> dict[str, str]:
    roles = ("superuser", "owner", "tenant", "platform")
    return {f"{role}.password": secrets.token_urlsafe(KEY_BYTES) for role in roles}


def _roots() -> dict[str, str]:
    fresh = nats_accounts.new_root_keys()
    return dict(zip(SEEDS, (fresh.operator, fresh.system, fresh.platform), strict=True))


def _users(roots: RootKeys, now: int) -> dict[str, str]:
    made = {}
    for name, sign in (
        ("system.creds", nats_accounts.system_user_jwt),
        ("centre.creds", nats_accounts.centre_user_jwt),
    ):
        seed = nats_jwt.new_seed(nats_jwt.USER)
        made[name] = nats_jwt.credentials(sign(roots, nats_jwt.public_key(seed), now), seed)
    return made


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
