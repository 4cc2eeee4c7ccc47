"""Which keys does a member get? Those of its leases, sealed to its key and signed by the centre."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ironbull_app.ports.fleet import BeginFleet, SealedAccount
from ironbull_kit import seal
from ironbull_kit.seal import KeyRing
from ironbull_messages.fleet import Grant, GrantReply, GrantRequest, grant_info
from ironbull_messages.subjects import MemberSubject


async def grant(
    begin: BeginFleet,
    keys: KeyRing,
    signing_key: Ed25519PrivateKey,
    who: MemberSubject,
    request: GrantRequest,
) -> GrantReply:
    """Seal the keys of the accounts that the member really leases; leave the others out."""
    async with begin() as store:
        member = await store.member(who)
        is_known = member is not None and member.session_id == request.session_id
        if (
            member is None
            or member.public_key is None
            or not is_known
            or request.token != who.token
        ):
            return GrantReply()
        accounts = await store.sealed(who, request.accounts)
    receiver = base64.b64decode(member.public_key)
    return GrantReply(
        grants=tuple(_grant(keys, signing_key, who, receiver, account) for account in accounts)
    )


def context(tenant: str, account_id: object) -> str:
    """Return what binds an account's sealed credentials to their row."""
    return f"{tenant}|{account_id}|credentials"


def _grant(
    keys: KeyRing,
    signing_key: Ed25519PrivateKey,
    who: MemberSubject,
    receiver: bytes,
    account: SealedAccount,
) -> Grant:
    account_id, epoch = account.held.account_id, account.held.epoch
    plain = keys.open(account.envelope, context(who.tenant, account_id))
    info = grant_info(who.tenant, who.token, account_id, epoch)
    sealed = seal.seal_grant(plain, receiver, info)
    return Grant(
        account_id=account_id,
        epoch=epoch,
        venue=account.venue,
        environment=account.environment,
        sealed=base64.b64encode(sealed).decode(),
        signature=base64.b64encode(seal.sign_grant(signing_key, info, sealed)).decode(),
    )
