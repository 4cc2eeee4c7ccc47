"""Who calls? A merchant by signature, staff and operator by bearer token."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from ironbull_app.api import addresses, signing
from ironbull_app.api.addresses import Address
from ironbull_app.api.parts import Parts
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.callers import CallerIdentity
from ironbull_kit.seal import Envelope
from ironbull_messages.problems import Code, Problem

BEARER: Final = "Bearer "


@dataclass(frozen=True, slots=True)
class Merchant:
    """A tenant that has proved itself."""

    tenant: str
    key_id: str


def parts_of(request: Request) -> Parts:
    """Return what the application was made with."""
    parts: Parts = request.app.state.parts
    return parts


async def merchant(request: Request) -> Merchant:
    """Prove who signed the request.

    Raises:
        Problem: each mistake has its own `signature_…`, `key_…`, `tenant_…` or `address_…` code.
    """
    parts = parts_of(request)
    signed = signing.read(request.headers)
    signing.check_time(signed, int(parts.now().timestamp() * 1000), parts.started_ms)
    body = await request.body()
    tenant = await _tenant_of(parts, signed.key_id)
    async with parts.database.tenant(tenant) as tx:
        key = await _secret(tx, parts, tenant, signed.key_id)
        path, query = _as_sent(request)
        signing.check_signature(signed, key, request.method, path, query, body)
        await _check_tenant(tx, tenant, _address(request, parts))
        await _use_nonce(tx, signed)
    return Merchant(tenant, signed.key_id)


async def staff(request: Request) -> None:
    """Prove that staff calls."""
    await _check_token(request, parts_of(request).staff)


async def operator(request: Request) -> None:
    """Prove that the operator calls."""
    await _check_token(request, parts_of(request).operator)


Caller = Annotated[Merchant, Depends(merchant)]


def key_context(tenant: str, key_id: str) -> str:
    """Return what a merchant key's secret is sealed for."""
    return f"{tenant}|{key_id}|merchant-key"


def _address(request: Request, parts: Parts) -> Address | None:
    peer = request.client.host if request.client else ""
    forwarded = request.headers.getlist("x-forwarded-for")
    return addresses.caller(peer, forwarded, parts.trusted_proxies)


def _as_sent(request: Request) -> tuple[str, str]:
    # The decoded path could hold a line feed and so speak for another request.
    scope = request.scope
    return scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")


async def _tenant_of(parts: Parts, key_id: str) -> str:
    async with parts.database.nobody() as tx:
        row = await tx.row("SELECT tenant_of_key(%s) AS tenant", (key_id,))
    if row is None or row["tenant"] is None:
        raise Problem(Code.KEY_UNKNOWN, f"key {key_id}")
    return str(row["tenant"])


async def _secret(tx: Tx, parts: Parts, tenant: str, key_id: str) -> str:
    row = await tx.row(
        """SELECT key_version, wrapped_key, sealed FROM merchant_key
        WHERE tenant_id = %s AND key_id = %s AND (expires_at IS NULL OR expires_at > now())""",
        (tenant, key_id),
    )
    if row is None:
        raise Problem(Code.KEY_UNKNOWN, f"key {key_id}")
    envelope = Envelope(row["key_version"], bytes(row["wrapped_key"]), bytes(row["sealed"]))
    return parts.keys.open(envelope, key_context(tenant, key_id)).decode()


async def _check_tenant(tx: Tx, tenant: str, address: Address | None) -> None:
    """Refuse a tenant that is suspended, and a caller from where it takes no calls."""
    row = await tx.row(
        """SELECT is_active, spec -> 'api' -> 'allowedCIDRs' AS allowed FROM tenant
        WHERE tenant_id = %s""",
        (tenant,),
    )
    if row is None or not row["is_active"]:
        raise Problem(Code.TENANT_DISABLED, f"tenant {tenant}")
    if not row["allowed"]:
        return
    allowed = addresses.read_ranges(row["allowed"])
    if address is None or not addresses.is_within(address, allowed):
        told = f"tenant {tenant} takes no calls from {address or 'an unknown address'}"
        raise Problem(Code.ADDRESS_NOT_ALLOWED, told)


async def _use_nonce(tx: Tx, signed: signing.Signed) -> None:
    count = await tx.execute(
        """INSERT INTO nonce (key_id, nonce, seen_at) VALUES (%s, %s, now())
        ON CONFLICT DO NOTHING""",
        (signed.key_id, signed.nonce),
    )
    if count != 1:
        raise Problem(Code.SIGNATURE_REPLAYED, f"nonce {signed.nonce}")


async def _check_token(request: Request, identity: CallerIdentity) -> None:
    given = request.headers.get("authorization", "")
    if not given.startswith(BEARER):
        raise Problem(Code.TOKEN_MISSING, f"{request.method} {request.url.path}")
    await identity.check(given.removeprefix(BEARER))
