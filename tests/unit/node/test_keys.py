"""A grant opens only for the member, account and epoch it was made for, and only the centre's."""

import base64
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ironbull_kit import seal
from ironbull_messages.fleet import Credentials, Grant, HeldAccount, grant_info
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.words import Environment, VenueType
from ironbull_node.keys import GrantError, KeyRing, load_or_make

TENANT, TOKEN = "acme", "aaaabbbbccccdddd"
SECRET = "canary-secret-1"


def made(
    folder: Path, environment: Environment = Environment.PAPER
) -> tuple[KeyRing, Ed25519PrivateKey]:
    centre = Ed25519PrivateKey.generate()
    public = base64.b64encode(centre.public_key().public_bytes_raw()).decode()
    private = load_or_make(folder / "seal.key")
    return KeyRing(private, public, TENANT, TOKEN, environment), centre


def grant(ring: KeyRing, centre: Ed25519PrivateKey, *, token: str = TOKEN, epoch: int = 3) -> Grant:
    account = ExchangeAccountId(uuid4())
    info = grant_info(TENANT, token, account, epoch)
    keys = Credentials(api_key="key", api_secret=SECRET).to_bytes()
    sealed = seal.seal_grant(keys, base64.b64decode(ring.public_key), info)
    return Grant(
        account_id=account,
        epoch=epoch,
        venue=VenueType.BINANCE,
        environment=Environment.PAPER,
        sealed=base64.b64encode(sealed).decode(),
        signature=base64.b64encode(seal.sign_grant(centre, info, sealed)).decode(),
    )


def test_a_grant_opens_and_goes_with_its_lease(tmp_path: Path) -> None:
    ring, centre = made(tmp_path)
    granted = grant(ring, centre)
    ring.add(granted)
    keys = ring.get(granted.account_id)
    assert keys is not None
    assert keys.api_secret == SECRET
    ring.keep_only([HeldAccount(account_id=granted.account_id, epoch=3)])
    assert ring.get(granted.account_id) == keys
    ring.keep_only([])
    assert ring.get(granted.account_id) is None


def test_a_key_for_real_money_is_not_shown_to_a_paper_exchange(tmp_path: Path) -> None:
    ring, centre = made(tmp_path, Environment.LIVE)
    granted = grant(ring, centre)
    with pytest.raises(GrantError, match="for a Paper account, and this member speaks to a Live"):
        ring.add(granted)
    assert ring.get(granted.account_id) is None
    ring, centre = made(tmp_path)
    with pytest.raises(GrantError, match="for a Live account"):
        ring.add(grant(ring, centre).model_copy(update={"environment": Environment.LIVE}))


def test_a_grant_of_somebody_else_is_refused(tmp_path: Path) -> None:
    ring, centre = made(tmp_path)
    with pytest.raises(GrantError, match="not signed by the centre"):
        ring.add(grant(ring, Ed25519PrivateKey.generate()))
    with pytest.raises(GrantError):
        ring.add(grant(ring, centre, token="zzzzbbbbccccdddd"))


def test_a_grant_under_another_epoch_is_refused(tmp_path: Path) -> None:
    ring, centre = made(tmp_path)
    moved = grant(ring, centre).model_copy(update={"epoch": 4})
    with pytest.raises(GrantError) as refused:
        ring.add(moved)
    assert SECRET not in str(refused.value)


def test_the_members_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = made(tmp_path)[0].public_key
    assert made(tmp_path)[0].public_key == first
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600


def test_keys_do_not_show_in_a_representation() -> None:
    assert SECRET not in repr(Credentials(api_key="key", api_secret=SECRET))
