"""Who shares in a profit pool? Tech, platform, and the network along the inviters.

Rule: first-system §3.4; C-M8 … C-M12.

Each share rounds down at 10⁻⁸ and what rounding leaves has a name of its own, so the parts sum to
the pool exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Final

from ironbull_core.levels import SELF_HOLD_MIN_USDT, difference_rate
from ironbull_messages.ids import UserId

TECH: Final = Decimal("0.10")
NETWORK: Final = Decimal("0.20")
PLATFORM: Final = Decimal("0.70")
DIRECT: Final = Decimal("0.25")
PEER: Final = Decimal("0.10")
PEER_LEAST_LEVEL: Final = 1


class ShareKind(StrEnum):
    """Under which name a part of the pool is paid."""

    TECH_TEAM = "tech_team"
    PLATFORM_RETAIN = "platform_retain"
    DIRECT = "direct"
    DIRECT_UNDIST = "direct_undist"
    LEVEL_DIFF = "level_diff"
    PEER = "peer"
    PEER_UNDIST = "peer_undist"
    NETWORK_UNDIST = "network_undist"
    RESIDUE = "residue"


@dataclass(frozen=True, slots=True)
class Ancestor:
    """An inviter above the source of a profit, at the moment of the event."""

    user_id: UserId
    level: int
    is_market_node: bool
    self_hold_usdt: Decimal


@dataclass(frozen=True, slots=True)
class Network:
    """The source of a profit and everybody above, nearest first; the tenant's root apart."""

    source_level: int
    ancestors: tuple[Ancestor, ...]
    root_id: UserId


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a pool; `receiver` None: the platform or the residue account."""

    kind: ShareKind
    receiver: UserId | None
    minor: int


def split(pool_minor: int, network: Network) -> tuple[Share, ...]:
    """Share a pool; the parts sum to it exactly, parts of zero are left out.

    Args:
        pool_minor: minor units, at least zero.
        network: the tree above the source.
    """
    tech, budget, platform = (_part(pool_minor, rate) for rate in (TECH, NETWORK, PLATFORM))
    root = network.root_id
    shares = [
        Share(ShareKind.TECH_TEAM, root, tech),
        Share(ShareKind.PLATFORM_RETAIN, None, platform),
        *_network(budget, network),
        Share(ShareKind.RESIDUE, None, pool_minor - tech - budget - platform),
    ]
    return tuple(share for share in shares if share.minor > 0)


def _network(budget: int, network: Network) -> list[Share]:
    root, left = network.root_id, budget
    direct = _direct(min(_part(budget, DIRECT), left), network)
    left -= direct.minor
    shares = [direct]
    for share in _differences(budget, left, network.ancestors):
        shares.append(share)
        left -= share.minor
    peer = _peer(min(_part(budget, PEER), left), network)
    return [*shares, peer, Share(ShareKind.NETWORK_UNDIST, root, left - peer.minor)]


def _direct(wanted: int, network: Network) -> Share:
    inviter = network.ancestors[0] if network.ancestors else None
    if inviter is not None and inviter.self_hold_usdt >= SELF_HOLD_MIN_USDT:
        return Share(ShareKind.DIRECT, inviter.user_id, wanted)
    return Share(ShareKind.DIRECT_UNDIST, network.root_id, wanted)


def _differences(budget: int, left: int, ancestors: Sequence[Ancestor]) -> list[Share]:
    shares: list[Share] = []
    paid = Decimal(0)
    for ancestor in ancestors:
        rate = difference_rate(ancestor.level)
        if left <= 0 or not ancestor.is_market_node or rate <= paid:
            continue
        minor = min(_part(budget, rate - paid), left)
        shares.append(Share(ShareKind.LEVEL_DIFF, ancestor.user_id, minor))
        left -= minor
        paid = rate
    return shares


def _peer(wanted: int, network: Network) -> Share:
    """Pay the nearest market node on the source's own level, once, from S1 on."""
    if network.source_level >= PEER_LEAST_LEVEL:
        for ancestor in network.ancestors:
            if ancestor.is_market_node and ancestor.level == network.source_level:
                return Share(ShareKind.PEER, ancestor.user_id, wanted)
    return Share(ShareKind.PEER_UNDIST, network.root_id, wanted)


def _part(minor: int, rate: Decimal) -> int:
    return int((minor * rate).to_integral_value(ROUND_DOWN))
