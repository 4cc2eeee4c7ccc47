import os
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ironbull_kit.seal import KeyRing, SealError, open_grant, seal_grant, sign_grant, verify_grant

PLAIN = b'{"api_secret":"canary"}'
CONTEXT = "acme|1|credentials"


def test_what_was_sealed_is_opened_under_the_same_context() -> None:
    ring = KeyRing(os.urandom(32))

    assert ring.open(ring.seal(PLAIN, CONTEXT), CONTEXT) == PLAIN


def test_a_sealed_value_shows_nothing_of_itself_and_never_looks_the_same() -> None:
    ring = KeyRing(os.urandom(32))
    first, second = ring.seal(PLAIN, CONTEXT), ring.seal(PLAIN, CONTEXT)

    assert b"canary" not in first.sealed + first.wrapped_key
    assert first.sealed != second.sealed
    assert first.wrapped_key != second.wrapped_key


@pytest.mark.parametrize("context", ["other|1|credentials", "acme|2|credentials", "acme|1|key"])
def test_a_value_moved_to_another_row_does_not_open(context: str) -> None:
    ring = KeyRing(os.urandom(32))

    with pytest.raises(SealError):
        ring.open(ring.seal(PLAIN, CONTEXT), context)


def test_another_key_opens_nothing() -> None:
    sealed = KeyRing(os.urandom(32)).seal(PLAIN, CONTEXT)

    with pytest.raises(SealError):
        KeyRing(os.urandom(32)).open(sealed, CONTEXT)


def test_a_changed_value_does_not_open() -> None:
    ring = KeyRing(os.urandom(32))
    sealed = ring.seal(PLAIN, CONTEXT)
    changed = replace(sealed, sealed=sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1]))

    with pytest.raises(SealError):
        ring.open(changed, CONTEXT)


def test_a_grant_opens_for_its_member_account_and_epoch_alone() -> None:
    member, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    sealed = seal_grant(PLAIN, member.public_key().public_bytes_raw(), b"info|1")

    assert open_grant(sealed, member, b"info|1") == PLAIN
    with pytest.raises(SealError):
        open_grant(sealed, other, b"info|1")
    with pytest.raises(SealError):
        open_grant(sealed, member, b"info|2")


def test_a_grant_of_somebody_else_than_the_centre_is_refused() -> None:
    centre, thief = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()

    verify_grant(centre.public_key(), sign_grant(centre, b"info", b"sealed"), b"info", b"sealed")
    with pytest.raises(SealError):
        verify_grant(centre.public_key(), sign_grant(thief, b"info", b"sealed"), b"info", b"sealed")
