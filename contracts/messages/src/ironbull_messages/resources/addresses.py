"""How is a range of addresses written?"""

import ipaddress
from typing import Annotated

from pydantic import StringConstraints

CIDR = Annotated[str, StringConstraints(pattern=r"^[0-9a-f.:]{2,39}/[0-9]{1,3}$", max_length=43)]
"""A range of IPv4 or IPv6 addresses by its first one, as `203.0.113.0/24` or `2001:db8::/32`."""


def is_range(text: str) -> bool:
    """Tell whether a CIDR names a range, by its first address."""
    try:
        found = ipaddress.ip_network(text, strict=True)
    except ValueError:
        return False
    first = found.network_address
    return isinstance(first, ipaddress.IPv4Address) or first.ipv4_mapped is None
