"""Take a tenant's merchant key: the first secret of a key stays, a newer key retires the older."""

from datetime import datetime, timedelta

from ironbull_app.ports.merchant_keys import Key, MerchantKeyStore
from ironbull_messages.problems import Code, Problem


async def put_merchant_key(
    store: MerchantKeyStore, key: Key, overlap: timedelta
) -> datetime | None:
    """Store a key and let older ones live for the overlap; return when the last of them ends.

    Told again, a key is not stored again and nothing lives longer; a shorter overlap counts.

    Raises:
        Problem: `no_tenant`, `name_taken`, `generation_stale`.
    """
    if not await store.has_tenant(key.tenant):
        raise Problem(Code.NO_TENANT, f"tenant {key.tenant!r}")
    owner = await store.owner(key.key_id)
    if owner is None:
        newest = await store.generation(key.tenant)
        if key.generation < newest:
            newer = f"generation {newest} of the merchant key is stored, {key.generation} is older"
            raise Problem(Code.GENERATION_STALE, newer)
        await store.save(key)
    elif owner != key.tenant:
        raise Problem(Code.NAME_TAKEN, f"key {key.key_id} belongs to another tenant")
    await store.retire(key.tenant, key.generation, overlap)
    return await store.last_end(key.tenant)
