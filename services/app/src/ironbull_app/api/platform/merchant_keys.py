"""With which key does a tenant sign, and how long may it sign with the one before?"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field, StringConstraints

from ironbull_app.api import patterns
from ironbull_app.api.callers import key_context, operator, parts_of
from ironbull_app.db.repositories.merchant_keys import MerchantKeyStore
from ironbull_app.flows import put_merchant_key as flow
from ironbull_app.ports.merchant_keys import Key
from ironbull_messages.base import NAME_PATTERN, Instant, Message
from ironbull_messages.resources import MAX_OVERLAP_SECONDS

router = APIRouter(dependencies=[Depends(operator)])


class KeyPut(Message):
    """With which secret a tenant signs."""

    secret: Annotated[str, StringConstraints(min_length=32, max_length=256)] = Field(repr=False)
    generation: Annotated[int, Field(ge=1)] = 1
    """Counts the tenant's keys; a newer one retires those before it."""
    overlap_seconds: Annotated[int, Field(ge=0, le=MAX_OVERLAP_SECONDS)] = 0
    """How long from now the retired ones live."""


class KeyAnswer(Message):
    """The key is stored."""

    accepted: bool = True
    retired_until: Instant | None = None
    """When the last of the keys before it ends; null: there was none."""


@router.put("/tenants/{tenant}/merchant-keys/{key_id}")
async def put_merchant_key(
    request: Request,
    tenant: Annotated[str, Path(pattern=NAME_PATTERN)],
    key_id: Annotated[str, Path(pattern=patterns.KEY_ID)],
    body: KeyPut,
) -> KeyAnswer:
    """Store with which secret a tenant signs; the first one of a key stays."""
    parts = parts_of(request)
    envelope = parts.keys.seal(body.secret.encode(), key_context(tenant, key_id))
    key = Key(tenant, key_id, body.generation, envelope)
    overlap = timedelta(seconds=body.overlap_seconds)
    async with parts.database.platform() as tx:
        until = await flow.put_merchant_key(MerchantKeyStore(tx), key, overlap)
    return KeyAnswer(retired_until=until)
