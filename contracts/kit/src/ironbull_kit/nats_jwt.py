"""How are NATS's decentralised JWTs written? Pure: nkeys sign claims, nothing is sent.

Format: NATS ADR-14; header `ed25519-nkey`, claims version 2.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, Final

import nkeys

OPERATOR: Final = nkeys.PREFIX_BYTE_OPERATOR
ACCOUNT: Final = nkeys.PREFIX_BYTE_ACCOUNT
USER: Final = nkeys.PREFIX_BYTE_USER
SEED_BYTES: Final = 32


def new_seed(kind: int) -> str:
    """Return a fresh nkey seed of this kind."""
    seed: bytes = nkeys.encode_seed(os.urandom(SEED_BYTES), kind)
    return seed.decode()


def public_key(seed: str) -> str:
    """Return the public nkey of a seed."""
    public: bytes = nkeys.from_seed(seed.encode()).public_key
    return public.decode()


def sign(  # noqa: PLR0917 - the parts of a claim, in their order
    issuer_seed: str,
    subject: str,
    name: str,
    nats: Mapping[str, Any],
    issued_at: int,
    expires_at: int | None = None,
) -> str:
    """Return a JWT; instants are Unix seconds, `expires_at=None` never expires."""
    issuer = nkeys.from_seed(issuer_seed.encode())
    claims: dict[str, Any] = {
        "iat": issued_at,
        "iss": issuer.public_key.decode(),
        "name": name,
        "sub": subject,
        "nats": dict(nats),
    }
    if expires_at is not None:
        claims["exp"] = expires_at
    digest = hashlib.sha256(json.dumps(claims, sort_keys=True).encode()).digest()
    claims["jti"] = base64.b32encode(digest).rstrip(b"=").decode()
    signed = f"{_part({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_part(claims)}"
    return f"{signed}.{_encode(issuer.sign(signed.encode()))}"


def read(jwt: str) -> dict[str, Any]:
    """Return the claims of a JWT that we made; the signature is the server's to check."""
    body = jwt.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def credentials(jwt: str, seed: str) -> str:
    """Return the text of a credentials file."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )


def read_credentials(text: str) -> tuple[str, str]:
    """Return JWT and seed of a credentials file.

    Raises:
        ValueError: it is no credentials file.
    """
    lines = [line for line in text.splitlines() if line and not line.startswith("-")]
    if len(lines) != 2:
        raise ValueError("a credentials file holds one JWT and one seed")
    return lines[0], lines[1]


def _part(value: Mapping[str, Any]) -> str:
    return _encode(json.dumps(value).encode())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
