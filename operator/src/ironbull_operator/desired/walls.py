"""Who may a tenant's pods reach, and who them? Nobody, but for names, NATS, venues and metrics."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from ironbull_messages.resources import Venue
from ironbull_messages.words import Environment
from ironbull_operator.desired.namespace import metadata
from ironbull_operator.desired.platform import POOL_LABEL, Platform
from ironbull_operator.kinds import NETWORK_POLICY, Object

DNS_PORT: Final = 53
NATS_PORT: Final = 4222
HTTPS_PORT: Final = 443
HTTP_PORT: Final = 80
NOT_PUBLIC: Final = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
)
"""Of IPv4: private, link-local and shared ranges, and what is no host's address."""
PUBLIC_V6: Final = "2000::/3"
TUNNELS_V6: Final = ("2001::/32", "2002::/16")
"""Addresses that hold an IPv4 address, which may be private."""
PUBLIC: Final[tuple[Object, ...]] = (
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(NOT_PUBLIC)}},
    {"ipBlock": {"cidr": PUBLIC_V6, "except": list(TUNNELS_V6)}},
)


def policies(
    platform: Platform, tenant: str, venues: Sequence[Venue], pools: Mapping[str, Sequence[str]]
) -> list[Object]:
    """Return all policies of a tenant's namespace.

    Args:
        pools: venue → names of its pools. A pool that is not named yet reaches no venue.
    """
    everything = {"policyTypes": ["Ingress", "Egress"]}
    return [
        _policy(tenant, "deny-all", {}, everything),
        _policy(tenant, "names-and-nats", {}, _names_and_nats(platform)),
        *([_policy(tenant, "metrics", {}, _metrics(platform))] if platform.monitoring else ()),
        *(
            _policy(tenant, f"venue-{venue.name}", _members(found), _venue(platform, venue))
            for venue in venues
            if (found := pools.get(venue.name))
        ),
    ]


def _names_and_nats(platform: Platform) -> Object:
    port = urlsplit(platform.nats_url).port or NATS_PORT
    away: list[Object] = [{"ipBlock": {"cidr": cidr}} for cidr in platform.nats_cidrs]
    nats = away or [{"namespaceSelector": {"matchLabels": _platform(platform)}}]
    return {
        "policyTypes": ["Egress"],
        "egress": [
            {
                "to": [{"namespaceSelector": {}}],
                "ports": [
                    {"port": DNS_PORT, "protocol": "UDP"},
                    {"port": DNS_PORT, "protocol": "TCP"},
                ],
            },
            {"to": nats, "ports": [{"port": port, "protocol": "TCP"}]},
        ],
    }


def _metrics(platform: Platform) -> Object:
    reader = {"namespaceSelector": {"matchLabels": dict(platform.monitoring)}}
    return {
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [reader], "ports": [{"port": "health", "protocol": "TCP"}]}],
    }


def _venue(platform: Platform, venue: Venue) -> Object:
    """Return where a venue's members may connect to."""
    away: list[Object] = [{"ipBlock": {"cidr": cidr}} for cidr in venue.egress_cidrs]
    if venue.environment is Environment.LIVE:
        away = away or list(PUBLIC)
    egress = [{"to": away, "ports": [{"port": HTTPS_PORT, "protocol": "TCP"}]}] if away else []
    if venue.environment is Environment.PAPER and platform.paper_url:
        egress.append(_paper(platform, platform.paper_url))
    return {"policyTypes": ["Egress"], "egress": egress}


def _paper(platform: Platform, url: str) -> Object:
    exchange = {
        "namespaceSelector": {"matchLabels": _platform(platform)},
        "podSelector": {"matchLabels": {"app.kubernetes.io/component": "paper"}},
    }
    port = urlsplit(url).port or HTTP_PORT
    return {"to": [exchange], "ports": [{"port": port, "protocol": "TCP"}]}


def _members(pools: Sequence[str]) -> Object:
    return {
        "matchLabels": {"app.kubernetes.io/name": "node"},
        "matchExpressions": [{"key": POOL_LABEL, "operator": "In", "values": sorted(pools)}],
    }


def _platform(platform: Platform) -> dict[str, str]:
    return {"kubernetes.io/metadata.name": platform.namespace}


def _policy(tenant: str, name: str, pods: Object, rest: Object) -> Object:
    return {
        "apiVersion": NETWORK_POLICY.api_version,
        "kind": NETWORK_POLICY.name,
        "metadata": metadata(tenant, name),
        "spec": {"podSelector": pods, **rest},
    }
