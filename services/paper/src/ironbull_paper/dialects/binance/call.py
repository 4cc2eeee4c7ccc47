"""What does a handler of the dialect get, and which routes may it serve?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ironbull_paper.dialects.binance.params import Params
from ironbull_paper.exchange import Exchange
from ironbull_paper.faults import Endpoint
from ironbull_paper.market.universe import Market
from ironbull_paper.matching.account import Account
from ironbull_paper.matching.bookkeeping import Moment
from ironbull_paper.matching.engine import market_of
from ironbull_paper.matching.records import Record

Json = dict[str, object] | list[object]


class Security(StrEnum):
    """Say what a route asks of its caller."""

    NONE = "none"
    READ = "read"
    TRADE = "trade"


@dataclass(frozen=True, slots=True)
class Call:
    """Hold one request to the public part of the venue."""

    exchange: Exchange
    params: Params
    moment: Moment

    def market(self) -> Market:
        """Return the market that the request names."""
        return market_of(self.exchange.universe, self.params.needed("symbol"))

    def price(self, symbol: str) -> Decimal:
        """Return the price of a symbol now."""
        return self.exchange.prices(self.moment)(symbol)


@dataclass(frozen=True, slots=True)
class SignedCall(Call):
    """Hold one request of an account.

    Args:
        seen_at: machine time up to which look-ups see; earlier than now while reads lag.
    """

    account: Account
    seen_at: int

    def commit(self, records: Sequence[Record]) -> None:
        """Make records true."""
        self.exchange.commit(records)


@dataclass(frozen=True, slots=True)
class Route:
    """Bind a public path to its handler."""

    method: str
    path: str
    endpoint: Endpoint
    handler: Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class SignedRoute:
    """Bind a signed path to its handler."""

    method: str
    path: str
    endpoint: Endpoint
    security: Security
    handler: Callable[[SignedCall], Json]
