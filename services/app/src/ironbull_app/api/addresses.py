"""From which address does a call come? The peer's, or what a trusted proxy says of it. Pure."""

import ipaddress
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address
Ranges = Sequence[IPv4Network | IPv6Network]
MAX_HOPS: Final = 32
"""Proxies whose word is read; a longer chain is nobody's."""


def read_ranges(words: Iterable[str]) -> Ranges:
    """Return the ranges that words name, as `10.0.0.0/8` and `fd00::/8`.

    Raises:
        ValueError: one of them is no range.
    """
    return tuple(ipaddress.ip_network(word) for word in words)


def caller(peer: str, forwarded: Sequence[str], trusted: Ranges) -> Address | None:
    """Return who calls; None: it cannot be known.

    Each proxy appends the address of its own peer, so the list is read from its end, for as long
    as it is trusted proxies that said so. Whatever stands further left anybody may have written.

    Args:
        peer: the address at the other end of the connection.
        forwarded: values of X-Forwarded-For, in their order.
        trusted: where proxies of the platform are.
    """
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    found = _read(peer)
    for hop in reversed(hops[-MAX_HOPS:]):
        if found is None or not is_within(found, trusted):
            return found
        found = _read(hop)
    return found


def is_within(address: Address, ranges: Ranges) -> bool:
    """Tell whether an address lies in one of the ranges."""
    return any(address in one for one in ranges)


def _read(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return found if mapped is None else mapped
