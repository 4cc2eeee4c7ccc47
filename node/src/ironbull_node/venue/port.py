"""What does a node want of a venue? One port; every adapter answers in these words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ironbull_messages.fleet import Credentials, VenuePosition
from ironbull_messages.result import VenueTrade
from ironbull_messages.words import OrderState, OrderType, Side


@dataclass(frozen=True, slots=True)
class Placement:
    """One order as it is signed."""

    symbol: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None
    """Limit price; None for a market order."""
    reduce_only: bool
    client_id: str
    signed_at_ms: int
    """The venue's clock as we know it; exactly this is signed."""
    window_ms: int


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as the venue tells it; these are facts."""

    client_id: str
    venue_order_id: str
    state: OrderState
    executed: Decimal


@dataclass(frozen=True, slots=True)
class Submitted:
    """The venue took the order and said so."""

    order: VenueOrder


@dataclass(frozen=True, slots=True)
class Rejected:
    """The venue refused the order with a code of the allow-list: it does not exist."""

    code: str
    message: str
    may_retry: bool
    """The refusal is about the moment (a limit, a clock), not about the order."""


@dataclass(frozen=True, slots=True)
class NeverSent:
    """No byte left: the connection could not be made."""

    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Bytes may have left and nothing proves what became of them."""

    why: str


Outcome = Submitted | Rejected | NeverSent | Unknown


class VenueError(Exception):
    """A question was not answered; it says nothing about any order."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code
        """The venue's own code; empty when it gave none."""
        self.message = message


@dataclass(frozen=True, slots=True)
class Balances:
    """An account's money at the venue."""

    wallet_usdt: Decimal
    equity_usdt: Decimal
    available_usdt: Decimal


@dataclass(frozen=True, slots=True)
class Rights:
    """What a key may do."""

    may_trade: bool
    may_withdraw: bool | None
    """None: the venue did not tell."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """What is known of one venue's ways: a row of the capability matrix."""

    window_ms: int
    """How long a signature is good."""
    future_tolerance_ms: int
    lookup_lag_seconds: float
    """A look-up sees at least what is older than this."""
    absence_provable: bool
    """The signature expires, so what was not seen after it will never be there."""
    key_codes: frozenset[str]
    """Codes that say that a key is wrong, and will stay so."""


class Venue(Protocol):
    """A venue. Every question raises `VenueError` when it is not answered; `submit` never does."""

    quirks: Quirks

    async def admit(self, keys: Credentials, *, closing: bool) -> None:
        """Wait for the request budget of one order."""

    async def submit(self, keys: Credentials, placement: Placement) -> Outcome:
        """Send one order once."""

    async def cancel(
        self, keys: Credentials, symbol: str, client_id: str, *, closing: bool
    ) -> VenueOrder | None:
        """Cancel one order; None: the venue has no such working order."""

    async def find_by_client_id(
        self, keys: Credentials, symbol: str, client_id: str
    ) -> VenueOrder | None:
        """Look up one order; None: the venue says that there is none."""

    async def open_orders(self, keys: Credentials, symbol: str) -> tuple[VenueOrder, ...]:
        """List the working orders of a symbol."""

    async def all_orders(
        self, keys: Credentials, symbol: str, since: datetime
    ) -> tuple[VenueOrder, ...]:
        """List every order of a symbol since an instant, ended ones included."""

    async def own_trades(
        self, keys: Credentials, symbol: str, venue_order_id: str, *, closing: bool
    ) -> tuple[VenueTrade, ...]:
        """List the trades of one order."""

    async def position(self, keys: Credentials, symbol: str) -> Decimal:
        """Return the signed quantity held: above zero is long."""

    async def positions(self, keys: Credentials) -> tuple[VenuePosition, ...]:
        """List the positions that are not flat."""

    async def balances(self, keys: Credentials) -> Balances:
        """Read the account's money."""

    async def venue_time_ms(self) -> int:
        """Read the venue's clock."""

    async def ensure_one_way(self, keys: Credentials) -> None:
        """Have one position per symbol, not two."""

    async def ensure_leverage(self, keys: Credentials, symbol: str, leverage: int) -> None:
        """Have shared margin and this leverage on a symbol."""

    async def rights(self, keys: Credentials) -> Rights:
        """Read what the key may do."""

    async def close(self) -> None:
        """Let go of connections."""
