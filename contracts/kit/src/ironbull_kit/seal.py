"""How is an exchange key kept and handed over so that a stolen dump or queue holds nothing usable?

At rest: an own data key per credential, AES-256-GCM, the data key wrapped by the platform's key-
encryption key. In a grant: HPKE (RFC 9180; X25519, HKDF-SHA256, AES-256-GCM) to the member's key,
signed by the centre.
"""

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ironbull_kit import secret
from ironbull_messages.problems import Code, Problem

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
KEY_VERSION: Final = 1
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealError(Exception):
    """A sealed value was changed, is for somebody else, or was sealed under another key."""


def seal_grant(plain: bytes, receiver: bytes, info: bytes) -> bytes:
    """Seal to a member's X25519 key (32 bytes); `info` binds node, account and epoch."""
    return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(receiver), info=info)


def open_grant(sealed: bytes, key: X25519PrivateKey, info: bytes) -> bytes:
    """Open what was sealed to this key with this `info`.

    Raises:
        SealError: it was not.
    """
    try:
        return _SUITE.decrypt(sealed, key, info=info)
    except (InvalidTag, ValueError) as error:
        raise SealError("the grant is not for this member, account and epoch") from error


def sign_grant(key: Ed25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Sign a sealed grant as the centre."""
    return key.sign(info + sealed)


def verify_grant(key: Ed25519PublicKey, signature: bytes, info: bytes, sealed: bytes) -> None:
    """Check that the centre made the grant.

    Raises:
        SealError: it did not.
    """
    try:
        key.verify(signature, info + sealed)
    except InvalidSignature as error:
        raise SealError("the grant is not signed by the centre") from error


@dataclass(frozen=True, slots=True)
class Envelope:
    """A value at rest: what lies in the database."""

    key_version: int
    wrapped_key: bytes
    sealed: bytes


class KeyRing:
    """The key-encryption key of one installation: wraps and unwraps data keys."""

    def __init__(self, key: bytes) -> None:
        """Take a key of 32 bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key-encryption key has {KEY_BYTES} bytes, not {len(key)}")
        self._wrap = AESGCM(key)

    def seal(self, plain: bytes, context: str) -> Envelope:
        """Seal a value; `context` is `tenant|account|field` and must be the same at opening."""
        data_key = os.urandom(KEY_BYTES)
        bound = _bound(context, KEY_VERSION)
        return Envelope(
            KEY_VERSION,
            _encrypt(self._wrap, data_key, bound),
            _encrypt(AESGCM(data_key), plain, bound),
        )

    def open(self, envelope: Envelope, context: str) -> bytes:
        """Open a value.

        Raises:
            SealError: another context or key, or a changed value.
        """
        bound = _bound(context, envelope.key_version)
        try:
            data_key = _decrypt(self._wrap, envelope.wrapped_key, bound)
            return _decrypt(AESGCM(data_key), envelope.sealed, bound)
        except (InvalidTag, ValueError) as error:
            raise SealError(f"cannot open the value of {context}") from error


def read_key_ring(path: Path) -> KeyRing:
    """Read the key-encryption key (base64 of 32 bytes) from its file.

    Raises:
        Problem: `setting_invalid`.
    """
    return KeyRing(_read_key(path))


def read_signing_key(path: Path) -> Ed25519PrivateKey:
    """Read the centre's signing key (base64 of the 32-byte seed) from its file.

    Raises:
        Problem: `setting_invalid`.
    """
    return Ed25519PrivateKey.from_private_bytes(_read_key(path))


def _read_key(path: Path) -> bytes:
    try:
        key = base64.b64decode(secret.read(path).reveal(), validate=True)
    except binascii.Error as error:
        raise Problem(Code.SETTING_INVALID, f"key file {path} is not base64") from error
    if len(key) != KEY_BYTES:
        raise Problem(
            Code.SETTING_INVALID, f"key file {path} holds {len(key)} bytes, not {KEY_BYTES}"
        )
    return key


def _bound(context: str, version: int) -> bytes:
    return f"{context}|{version}".encode()


def _encrypt(cipher: AESGCM, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound)


def _decrypt(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
