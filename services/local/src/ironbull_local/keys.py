"""Which secrets does an installation make for itself at its first start?

Each is made once, is never overwritten, and lies in a file that its owner alone may read.
"""

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ironbull_local import folder as folders
from ironbull_local.database import Role
from ironbull_local.folder import DataFolder

KEY_BYTES: Final = 32
PLATFORM_TOKEN: Final = "platform.token"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True)
class Keys:
    """Files and values that processes are started with.

    Args:
        master_key: base64 of the key that wraps the data keys of exchange credentials.
        signing_key: base64 of the Ed25519 seed with which the centre signs grants.
        signing_public: base64 of its public half, which every node knows.
    """

    master_key: Path
    signing_key: Path
    signing_public: str
    platform_token: Path
    staff_token: Path
    passwords: dict[Role, str]


def keep(folder: DataFolder) -> Keys:
    """Return the secrets of an installation, made where they are missing."""
    signing_key = folder.secret("centre-signing.key")
    seed = base64.b64decode(folders.keep_secret(signing_key, _random_key))
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    files = {name: folder.secret(name) for name in (PLATFORM_TOKEN, "staff.token")}
    for path in files.values():
        folders.keep_secret(path)
    master_key = folder.secret("master.key")
    folders.keep_secret(master_key, _random_key)
    return Keys(
        master_key=master_key,
        signing_key=signing_key,
        signing_public=base64.b64encode(public).decode(),
        platform_token=files[PLATFORM_TOKEN],
        staff_token=files["staff.token"],
        passwords={role: folders.keep_secret(folder.secret(f"{role}.password")) for role in Role},
    )


@dataclass(frozen=True, slots=True)
class MerchantKey:
    """With what a tenant signs its calls of the merchant API."""

    key_id: str
    secret: str


def keep_merchant_key(folder: DataFolder, tenant: str) -> MerchantKey:
    """Return a tenant's merchant key, made on first use."""
    path = folder.merchants / f"{tenant}.json"
    if not path.exists():
        made = MerchantKey(f"mk_{secrets.token_hex(8)}", secrets.token_urlsafe(KEY_BYTES))
        folders.write_secret(path, folders.to_json({"key_id": made.key_id, "secret": made.secret}))
    return MerchantKey(**folders.read_json(path))


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
