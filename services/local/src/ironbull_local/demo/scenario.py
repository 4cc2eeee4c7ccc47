"""Who follows the demo's strategies, whom did they invite, and what do they bring?

Levels need a team of 10,000 USDT and 1,000 of one's own, so that in aurora's line of four every
way of the network is walked: direct, level difference, peer, and what finds no receiver.
"""

from dataclasses import dataclass
from typing import Final

AURORA: Final = "aurora"
BOREALIS: Final = "borealis"
STRATEGIES: Final = ("crossing", "returning")
VENUE: Final = "paper"
SPEED: Final = "7200"
"""Two hours of market per second: a minute is five days."""
SEED: Final = 7
CAPITAL_USDT: Final = "5000"
"""A hundredth of it at leverage 20: orders of 1,000 USDT, which walk the book."""
STOCK_USDT: Final = "100000"


@dataclass(frozen=True, slots=True)
class Follower:
    """A user with one account.

    Args:
        inviter: name of the user that invited; empty: the tenant's root.
        wallet_usdt: what lies on the paper account.
        points_self: bought cards.
        points_gift: granted cards.
    """

    tenant: str
    name: str
    inviter: str
    wallet_usdt: str
    points_self: str = "0"
    points_gift: str = "0"
    is_market_node: bool = False

    @property
    def email(self) -> str:
        """Return how the merchant knows the user."""
        return f"{self.name}@{self.tenant}.example"

    @property
    def label(self) -> str:
        """Return how the venue knows the account."""
        return f"{self.tenant}-{self.name}"


FOLLOWERS: Final = (
    Follower(AURORA, "ada", "", "30000", "500", is_market_node=True),
    Follower(AURORA, "ben", "ada", "20000", "500", is_market_node=True),
    Follower(AURORA, "cleo", "ben", "15000", "500", is_market_node=True),
    Follower(AURORA, "dora", "cleo", "12000", "500"),
    Follower(AURORA, "emil", "cleo", "5000", "0", "200"),
    Follower(AURORA, "fay", "ben", "6000", "0.05", "0.05"),
    Follower(AURORA, "gus", "ada", "900", "100"),
    Follower(AURORA, "hana", "gus", "4000", "1", "100"),
    Follower(BOREALIS, "ivo", "", "10000", "200"),
    Follower(BOREALIS, "jana", "ivo", "10000", "200"),
    Follower(BOREALIS, "kim", "ivo", "8000", "0", "100"),
    Follower(BOREALIS, "lea", "jana", "3000", "0.1"),
)
