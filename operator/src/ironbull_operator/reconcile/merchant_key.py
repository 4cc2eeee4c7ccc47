"""How does a tenant come by the key with which it signs, and by the next one?"""

import secrets
from dataclasses import dataclass
from typing import Any, Final

from ironbull_messages.resources import TenantSpec
from ironbull_operator.conditions import Verdict, stalled
from ironbull_operator.desired import merchant_key
from ironbull_operator.desired.merchant_key import MerchantKey, Step
from ironbull_operator.kinds import SECRET, Object, Ref
from ironbull_operator.reconcile.hands import Hands

SECRET_BYTES: Final = 32
ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the key.

    Args:
        status: fields of the tenant's status.
        stands: what somebody has to do; None: all is well.
    """

    status: dict[str, Any]
    stands: Verdict | None = None


async def keep(hands: Hands, tenant: str, found: Object, spec: TenantSpec) -> Kept:
    """Keep the tenant's key, make the next one when it is wanted, and tell the platform.

    The Secret is written before the platform is told: a key that nobody has is never accepted.
    """
    here, wanted = hands.platform.namespace, spec.credentials.merchant_key_generation
    live = await hands.kube.get(Ref(SECRET, merchant_key.name_of(tenant), here))
    stored = None if live is None else merchant_key.read(live)
    made = _made(hands, tenant, found)
    step = merchant_key.step(wanted, stored, made)
    if step is Step.TELL:
        told = merchant_key.missing(here, tenant, made)
        return Kept({}, stalled("MerchantKeyMissing", told))
    if stored is None or step is Step.MAKE:
        stored = await _write(hands, tenant, live, wanted)
    until = await hands.centre.put_merchant_key(tenant, found, stored, spec.credentials)
    status: dict[str, Any] = {
        "merchantKeySecret": merchant_key.name_of(tenant),
        "merchantKeyGeneration": stored.generation,
    }
    if until is not None:
        status["oldMerchantKeyUntil"] = until
    return Kept(status)


def _made(hands: Hands, tenant: str, found: Object) -> int:
    """Return the newest generation that is known to have been made for this very tenant."""
    status: Object = found.get("status", {})
    told = int(status.get("merchantKeyGeneration", 1 if status.get("merchantKeySecret") else 0))
    return max(told, hands.centre.held_merchant_key(tenant, found))


async def _write(hands: Hands, tenant: str, live: Object | None, generation: int) -> MerchantKey:
    """Write a fresh key over what was read.

    Raises:
        ConflictError: somebody else wrote the Secret since.
    """
    fresh = MerchantKey(
        f"mk_{secrets.token_hex(ID_BYTES)}", secrets.token_urlsafe(SECRET_BYTES), generation
    )
    wanted = merchant_key.secret(hands.platform.namespace, tenant, fresh)
    if live is None:
        await hands.kube.create(wanted)
    else:
        version = live["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": version}, "data": wanted["data"]}
        await hands.kube.merge(Ref.of(wanted), patch)
    return fresh
