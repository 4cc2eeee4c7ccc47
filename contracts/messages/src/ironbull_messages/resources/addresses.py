"""How is a range of addresses written?"""

from typing import Annotated

from pydantic import StringConstraints

CIDR = Annotated[str, StringConstraints(pattern=r"^[0-9a-f.:]{2,39}/[0-9]{1,3}$", max_length=43)]
"""A range of IPv4 or IPv6 addresses by its first one, as `203.0.113.0/24` or `2001:db8::/32`."""
