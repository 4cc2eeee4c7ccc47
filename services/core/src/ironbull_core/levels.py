"""Which level does a user have? By own equity and by the team's (first-system §3.6; C-U11)."""

from decimal import Decimal
from typing import Final

SELF_HOLD_MIN_USDT: Final = Decimal(1_000)
LEVELS: Final[tuple[tuple[Decimal, Decimal], ...]] = (
    (Decimal(0), Decimal(0)),
    (Decimal(10_000), Decimal("0.20")),
    (Decimal(50_000), Decimal("0.30")),
    (Decimal(200_000), Decimal("0.40")),
    (Decimal(500_000), Decimal("0.50")),
    (Decimal(1_000_000), Decimal("0.60")),
    (Decimal(3_000_000), Decimal("0.70")),
    (Decimal(10_000_000), Decimal("0.80")),
)
"""S0 … S7: least team performance in USDT, and the level's difference rate."""


def level_of(self_hold_usdt: Decimal, team_usdt: Decimal) -> int:
    """Return 0 … 7: the highest level the team reaches; 0 below 1,000 USDT of one's own."""
    if self_hold_usdt < SELF_HOLD_MIN_USDT:
        return 0
    return max((level for level, (least, _) in enumerate(LEVELS) if team_usdt >= least), default=0)


def difference_rate(level: int) -> Decimal:
    """Return the share of the network budget that a level earns in all."""
    return LEVELS[level][1]
