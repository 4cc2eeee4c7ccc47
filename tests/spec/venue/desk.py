"""One account at one venue, for the cards; a new adapter joins by one line."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from fixtures.paper_process import PaperProcess

from ironbull_messages.fleet import Credentials
from ironbull_messages.words import OrderType, Side
from ironbull_node.venue.binance import Binance
from ironbull_node.venue.port import Outcome, Placement, Submitted, Venue, VenueOrder

SYMBOL = "EUR-USDT-SWAP"
DEPOSIT = Decimal(10_000)
FAR_BELOW = Decimal("0.9")
"""A buyer's price that this market has never seen, within what the venue takes."""
ADAPTERS: dict[str, Callable[[str], Venue]] = {"binance": Binance}
"""Adapter by name; each is made for the address of an exchange that speaks its protocol."""


@dataclass
class Desk:
    """One account at one venue."""

    venue: Venue
    paper: PaperProcess
    keys: Credentials

    async def placement(
        self,
        quantity: str = "100",
        *,
        price: Decimal | None = None,
        late_ms: int = 0,
        **more: object,
    ) -> Placement:
        """Return a buy order, signed now or so much too late."""
        wanted: dict[str, object] = {
            "symbol": SYMBOL,
            "side": Side.BUY,
            "reduce_only": False,
            "client_id": f"spec{uuid4().hex[:20]}",
        }
        return Placement(
            **(wanted | more),  # type: ignore[arg-type]  # cards name fields of the placement
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=Decimal(quantity),
            price=price,
            signed_at_ms=await self.venue.venue_time_ms() - late_ms,
            window_ms=self.venue.quirks.window_ms,
        )

    async def submit(self, placement: Placement) -> Outcome:
        """Send it once, as a worker does."""
        await self.venue.admit(self.keys, closing=placement.reduce_only)
        return await self.venue.submit(self.keys, placement)

    async def bought(self, quantity: str = "100", **more: object) -> VenueOrder:
        """Buy, and return the order that the venue took."""
        outcome = await self.submit(await self.placement(quantity, **more))  # type: ignore[arg-type]
        assert isinstance(outcome, Submitted), outcome
        return outcome.order

    async def find(self, client_id: str) -> VenueOrder | None:
        """Look an order up."""
        return await self.venue.find_by_client_id(self.keys, SYMBOL, client_id)
