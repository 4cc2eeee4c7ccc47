"""A pool is shared to the unit (first-system §3.4; C-M8 … C-M12)."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_core.levels import level_of
from ironbull_core.network import Ancestor, Network, ShareKind, split
from ironbull_messages.amounts import MINOR_PER_UNIT
from ironbull_messages.ids import UserId

ROOT = UserId(UUID(int=999))
RICH = Decimal(1_000)
POOR = Decimal("999.99999999")


def above(number: int, level: int, *, node: bool = True, holds: Decimal = RICH) -> Ancestor:
    return Ancestor(UserId(UUID(int=number)), level, node, holds)


def usdt(pool: int, network: Network) -> dict[str, list[Decimal]]:
    shares: dict[str, list[Decimal]] = {}
    for share in split(pool * MINOR_PER_UNIT, network):
        shares.setdefault(share.kind, []).append(Decimal(share.minor) / MINOR_PER_UNIT)
    return shares


NOBODY_NEAR = {"tech_team": [30], "platform_retain": [210], "peer_undist": [6]}
EXAMPLES = [
    (
        "the inviter holds enough and no node is above",
        300,
        Network(0, (above(1, 0, node=False),), ROOT),
        {**NOBODY_NEAR, "direct": [15], "network_undist": [39]},
    ),
    (
        "no inviter",
        300,
        Network(0, (), ROOT),
        {**NOBODY_NEAR, "direct_undist": [15], "network_undist": [39]},
    ),
    (
        "the inviter holds too little",
        300,
        Network(0, (above(1, 0, node=False, holds=POOR),), ROOT),
        {**NOBODY_NEAR, "direct_undist": [15], "network_undist": [39]},
    ),
    (
        "S3 above S1",
        3_000,
        Network(0, (above(1, 1), above(2, 3)), ROOT),
        {
            "tech_team": [300], "platform_retain": [2_100], "direct": [150],
            "level_diff": [120, 120], "peer_undist": [60], "network_undist": [150],
        },
    ),
    (
        "S5 above S3 above S1",
        3_000,
        Network(0, (above(1, 1), above(2, 3), above(3, 5)), ROOT),
        {
            "tech_team": [300], "platform_retain": [2_100], "direct": [150],
            "level_diff": [120, 120, 120], "peer_undist": [60], "network_undist": [30],
        },
    ),
    (
        "the nearest S2 is the source's peer, another above is not",
        1_500,
        Network(2, (above(1, 2), above(2, 2)), ROOT),
        {
            "tech_team": [150], "platform_retain": [1_050], "direct": [75],
            "level_diff": [90], "peer": [30], "network_undist": [105],
        },
    ),
    (
        "one S7 takes what the budget has left",
        3_000,
        Network(0, (above(1, 7),), ROOT),
        {
            "tech_team": [300], "platform_retain": [2_100], "direct": [150], "level_diff": [450],
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("case", "pool", "network", "expected"), EXAMPLES)
def test_a_worked_example_holds(
    case: str, pool: int, network: Network, expected: dict[str, list[Decimal]]
) -> None:
    assert usdt(pool, network) == expected, case


levels = st.integers(0, 7)
ancestors = st.builds(
    Ancestor,
    user_id=st.uuids().map(UserId),
    level=levels,
    is_market_node=st.booleans(),
    self_hold_usdt=st.sampled_from([RICH, POOR, Decimal(0), Decimal(50_000)]),
)
networks = st.builds(
    Network,
    source_level=levels,
    ancestors=st.lists(ancestors, max_size=12).map(tuple),
    root_id=st.just(ROOT),
)


@given(st.integers(0, 10**15), networks)
def test_the_parts_sum_to_the_pool_in_any_tree(pool: int, network: Network) -> None:
    shares = split(pool, network)

    assert sum(share.minor for share in shares) == pool
    assert all(share.minor > 0 for share in shares)


@given(st.integers(0, 10**15), networks)
def test_the_network_never_gets_more_than_its_budget(pool: int, network: Network) -> None:
    paid = {ShareKind.DIRECT, ShareKind.LEVEL_DIFF, ShareKind.PEER}

    assert sum(share.minor for share in split(pool, network) if share.kind in paid) * 5 <= pool


@given(st.integers(0, 10**15), networks)
def test_a_level_difference_goes_to_market_nodes_alone_each_above_the_last(
    pool: int, network: Network
) -> None:
    known = {one.user_id: one for one in network.ancestors}
    paid = [
        known[share.receiver]
        for share in split(pool, network)
        if share.kind is ShareKind.LEVEL_DIFF and share.receiver is not None
    ]

    assert all(one.is_market_node for one in paid)
    assert [one.level for one in paid] == sorted({one.level for one in paid})


@given(st.integers(0, 10**15), networks.filter(lambda network: network.source_level == 0))
def test_below_s1_nobody_is_a_peer(pool: int, network: Network) -> None:
    assert all(share.kind is not ShareKind.PEER for share in split(pool, network))


@pytest.mark.parametrize(
    ("own", "team", "level"),
    [("1000", "200000", 3), ("999.99", "10000000", 0), ("1000", "9999.99", 0), ("5000", "10000", 1),
     ("1000", "10000000", 7)],
)  # fmt: skip
def test_a_level_follows_own_and_team_equity(own: str, team: str, level: int) -> None:
    """C-U11."""
    assert level_of(Decimal(own), Decimal(team)) == level
