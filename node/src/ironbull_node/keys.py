"""Which exchange keys does a member hold? Granted, sealed, in memory only, gone with the lease."""

import base64
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import ValidationError

from ironbull_kit import seal
from ironbull_messages.fleet import Credentials, Grant, HeldAccount, grant_info
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.words import Environment

KEY_BYTES: Final = 32


class GrantError(Exception):
    """A grant that is not from the centre, not for this member, or not readable."""


def load_or_make(path: Path) -> X25519PrivateKey:
    """Return the member's key; it is made once and only its owner may read it."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(X25519PrivateKey.generate().private_bytes_raw())
            file.flush()
            os.fsync(file.fileno())
    raw = path.read_bytes()
    if len(raw) != KEY_BYTES:
        raise GrantError(f"{path} is no key: {len(raw)} bytes instead of {KEY_BYTES}")
    path.chmod(0o600)
    return X25519PrivateKey.from_private_bytes(raw)


class KeyRing:
    """Open grants and keep their keys while their lease lasts."""

    def __init__(
        self,
        private: X25519PrivateKey,
        centre_key: str,
        tenant: str,
        token: str,
        environment: Environment,
    ) -> None:
        """Hold nothing yet.

        Args:
            private: what grants are sealed to.
            centre_key: Base64 of the key that signs grants.
            tenant: whose accounts are served.
            token: of the member.
            environment: of the venue that it speaks to. Keys of the other kind are refused: a key
                for real money must not be shown to a paper exchange, nor the other way round.
        """
        self._environment = environment
        self._private = private
        self._centre = Ed25519PublicKey.from_public_bytes(base64.b64decode(centre_key))
        self._tenant = tenant
        self._token = token
        self._keys: dict[ExchangeAccountId, tuple[int, Credentials]] = {}

    @property
    def public_key(self) -> str:
        """Return what grants are sealed to."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    def add(self, grant: Grant) -> None:
        """Check and open a grant.

        Raises:
            GrantError: see the class; the message holds no secret.
        """
        if grant.environment is not self._environment:
            raise GrantError(
                f"the grant is for a {grant.environment} account, and this member speaks to a"
                f" {self._environment} venue"
            )
        info = grant_info(self._tenant, self._token, grant.account_id, grant.epoch)
        sealed = base64.b64decode(grant.sealed)
        try:
            seal.verify_grant(self._centre, base64.b64decode(grant.signature), info, sealed)
            keys = Credentials.model_validate_json(seal.open_grant(sealed, self._private, info))
        except seal.SealError as error:
            raise GrantError(str(error)) from None
        except ValidationError:
            raise GrantError("the grant holds no credentials") from None
        known = self._keys.get(grant.account_id)
        if known is None or known[0] <= grant.epoch:
            self._keys[grant.account_id] = (grant.epoch, keys)

    def get(self, account_id: ExchangeAccountId) -> Credentials | None:
        """Return the keys of an account; None: not granted."""
        held = self._keys.get(account_id)
        return None if held is None else held[1]

    def held(self) -> tuple[HeldAccount, ...]:
        """Return the accounts whose keys are here."""
        return tuple(HeldAccount(account_id=a, epoch=e) for a, (e, _) in self._keys.items())

    def keep_only(self, held: Iterable[HeldAccount]) -> None:
        """Drop the keys of all other accounts."""
        kept = {row.account_id for row in held}
        for account_id in self._keys.keys() - kept:
            del self._keys[account_id]
