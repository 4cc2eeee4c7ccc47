"""What must fit together in the parts of a Tenant: its way in, its room, its key, its ranges?"""

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ironbull_messages.quantities import fits
from ironbull_messages.rules.rule import ChangeRule, Rules, StateRule
from ironbull_messages.rules.shapes import none_found

if TYPE_CHECKING:
    from ironbull_messages.resources.credentials import Credentials
    from ironbull_messages.resources.limits import Limits
    from ironbull_messages.resources.merchant_api import MerchantApi
    from ironbull_messages.resources.tenant import TenantSpec

_NO_RANGE: Final = "!isCIDR({0}) || string(cidr({0}).masked()) != {0}"
"""Two texts are compared: the API knows no bound of what it costs to compare two ranges."""


def _is_range(text: str) -> bool:
    """Tell whether a CIDR names a range by its first address, in its usual form."""
    try:
        found = ipaddress.ip_network(text, strict=True)
    except ValueError:
        return False
    first = found.network_address
    is_mapped = isinstance(first, ipaddress.IPv6Address) and first.ipv4_mapped is not None
    return str(found) == text and not is_mapped


def _no_ranges(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if not _is_range(text)]


def _venues_without_ranges(spec: "TenantSpec") -> list[str]:
    return [venue.name for venue in spec.venues if _no_ranges(venue.egress_cidrs)]


def _memory_fits(limits: "Limits") -> bool:
    return fits(limits.requests_memory, limits.limits_memory)


_WAYS: Final[Rules] = (
    StateRule["MerchantApi"](
        "tenant-api-one-way-in",
        "spec.api",
        "hostname",
        "!has(self.hostname) || has(self.ingress) != has(self.gateway)",
        "hostname {hostname} needs exactly one way in: set api.ingress or api.gateway, not both",
        kept=lambda new: new.hostname is None or (new.ingress is None) != (new.gateway is None),
    ),
    StateRule["MerchantApi"](
        "tenant-api-way-in-has-a-name",
        "spec.api",
        "hostname",
        "has(self.hostname) || !(has(self.ingress) || has(self.gateway))",
        "an ingress or a gateway needs api.hostname, the name that it answers to",
        kept=lambda new: new.hostname is not None or (new.ingress is None and new.gateway is None),
    ),
    StateRule["MerchantApi"](
        "tenant-api-tls-is-of-an-ingress",
        "spec.api",
        "tls",
        "!has(self.tls) || has(self.ingress)",
        "tls is for api.ingress alone: a Gateway's listener has its own certificate",
        kept=lambda new: new.tls is None or new.ingress is not None,
    ),
    none_found(
        "tenant-allowed-cidrs-are-ranges",
        "spec.api",
        "allowedCIDRs",
        f"self.allowedCIDRs.filter(c, {_NO_RANGE.format('c')})",
        "{found} is no range by its first address: write it as 203.0.113.0/24, one address as"
        " 203.0.113.9/32",
        find=lambda new: _no_ranges(new.allowed_cidrs),
    ),
    none_found(
        "tenant-egress-cidrs-are-ranges",
        "spec",
        "venues",
        f"self.venues.filter(v, v.egressCIDRs.exists(c, {_NO_RANGE.format('c')})).map(v, v.name)",
        "egressCIDRs of venue {found} hold what is no range by its first address: write one as"
        " 203.0.113.0/24, one address as 203.0.113.9/32",
        find=_venues_without_ranges,
    ),
)
_ROOM: Final[Rules] = (
    StateRule["Limits"](
        "tenant-memory-asked-within-memory-used",
        "spec.limits",
        "requestsMemory",
        "!has(self.requestsMemory) || !has(self.limitsMemory)"
        " || quantity(self.requestsMemory).compareTo(quantity(self.limitsMemory)) <= 0",
        "requestsMemory {requestsMemory} is above limitsMemory {limitsMemory}, which pods may come"
        " to use: lower it, or raise the other",
        kept=_memory_fits,
    ),
    StateRule["Limits"](
        "tenant-storage-needs-volumes",
        "spec.limits",
        "storage",
        "!has(self.storage) || self.volumes > 0",
        "storage {storage} can never be used, since volumes is 0: raise volumes, or take it out",
        kept=lambda new: new.storage is None or new.volumes > 0,
    ),
)
_KEYS: Final[Rules] = (
    ChangeRule["Credentials"](
        "tenant-merchant-key-never-back",
        "spec.credentials",
        "merchantKeyGeneration",
        "self.merchantKeyGeneration >= oldSelf.merchantKeyGeneration",
        "merchantKeyGeneration {old.merchantKeyGeneration} cannot go back to"
        " {merchantKeyGeneration}, since older keys are retired: raise it to have another key made",
        kept=lambda new, old: new.merchant_key_generation >= old.merchant_key_generation,
        is_lasting=True,
    ),
)
TENANT_FIELD_RULES: Final[Rules] = (*_WAYS, *_ROOM, *_KEYS)
