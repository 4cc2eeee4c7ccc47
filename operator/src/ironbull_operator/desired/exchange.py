"""Which exchange do the members of a pool speak to, and may they?"""

from collections.abc import Sequence

from ironbull_messages.resources import Venue
from ironbull_messages.resources.pool_parts import Location
from ironbull_messages.words import Environment
from ironbull_operator.conditions import Verdict, stalled
from ironbull_operator.desired.platform import Platform


def find(
    platform: Platform, tenant: str, venues: Sequence[Venue], name: str, location: Location
) -> Venue | Verdict:
    """Return a tenant's venue, or why no member of a pool can serve it.

    Args:
        venues: of the tenant.
        name: of the venue.
        location: of the pool.
    """
    venue = next((one for one in venues if one.name == name), None)
    if venue is None:
        return stalled("VenueUnknown", f"Tenant {tenant} has no venue {name!r}")
    if venue.environment is Environment.LIVE and not platform.live_allowed:
        return stalled(
            "LiveRefused",
            f"spec.venue: venue {name} is Live, and this installation refuses real money: its chart"
            " value live.allowed is false",
        )
    if venue.environment is Environment.PAPER and url(platform, venue, location) is None:
        return stalled(
            "NoPaperExchange",
            f"spec.venue: venue {name} is Paper, and this installation has no paper exchange: its"
            " chart value paper.enabled is false",
        )
    return venue


def url(platform: Platform, venue: Venue, location: Location) -> str | None:
    """Return the address of the paper exchange; None: the venue's own hosts, as it is Live."""
    if venue.environment is Environment.LIVE:
        return None
    elsewhere = None if location.remote is None else location.remote.paper_url
    return elsewhere or platform.paper_url
