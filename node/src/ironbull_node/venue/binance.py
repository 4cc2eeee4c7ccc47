"""How does a node place, find and cancel orders on Binance's USD-margined futures?"""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from ironbull_kit.clocks import monotonic
from ironbull_messages.amounts import format_amount
from ironbull_messages.fleet import Credentials, VenuePosition
from ironbull_messages.result import VenueTrade
from ironbull_messages.words import OrderType
from ironbull_node.venue import binance_words as words
from ironbull_node.venue import outcome, quirks
from ironbull_node.venue.limiter import Limiter, Priority
from ironbull_node.venue.port import (
    Balances,
    NeverSent,
    Outcome,
    Placement,
    Rights,
    VenueError,
    VenueOrder,
)
from ironbull_node.venue.rest import Rest

PUBLIC: Final = "fapiPublic"
PRIVATE: Final = "fapiPrivate"
PRIVATE_V3: Final = "fapiPrivateV3"
MAX_ROWS: Final = 1_000
LISTING_EVERY_SECONDS: Final = 60.0
SINCE_MARGIN_MS: Final = 60_000
"""Look-ups by time begin this much earlier: clocks differ."""


class Binance:
    """The port over ccxt."""

    quirks = quirks.BINANCE

    def __init__(self, base_url: str | None) -> None:
        self._limiter = Limiter(time.time)
        self._rest = Rest(base_url, self._limiter.hear)
        self._ours: dict[str, str] = {}
        self._listed_at = -LISTING_EVERY_SECONDS
        self._listing = asyncio.Lock()

    async def submit(self, keys: Credentials, placement: Placement) -> Outcome:
        """Send one order once; whatever happens comes back as an outcome."""
        try:
            params = _order_params(await self._wire(placement.symbol), placement)
        except VenueError as error:
            return NeverSent(f"symbol: {error}")
        try:
            answer = await self._rest.call(PRIVATE, "POST", "order", params, keys)
        except Exception as error:  # noqa: BLE001 - whatever it was, the order's fate is judged
            return outcome.of_error(error)
        return outcome.of_answer(answer, placement.client_id, words.order)

    async def admit(self, keys: Credentials, *, closing: bool) -> None:
        """Wait for the budget of one order."""
        priority = Priority.CLOSE if closing else Priority.OPEN
        await self._limiter.admit(priority, 0, keys.api_key)

    async def cancel(
        self, keys: Credentials, symbol: str, client_id: str, *, closing: bool
    ) -> VenueOrder | None:
        """Cancel one order; None: nothing is working under this id."""
        params = {"symbol": await self._wire(symbol), "origClientOrderId": client_id}
        priority = Priority.CLOSE if closing else Priority.CANCEL
        try:
            answer = await self._ask(priority, 1, PRIVATE, "order", params, keys, "DELETE")
        except VenueError as error:
            if error.code in quirks.BINANCE_NOTHING_TO_CANCEL:
                return None
            raise
        return words.order(answer)

    async def find_by_client_id(
        self, keys: Credentials, symbol: str, client_id: str
    ) -> VenueOrder | None:
        """Look up one order; None: the venue says that there is none."""
        params = {"symbol": await self._wire(symbol), "origClientOrderId": client_id}
        try:
            answer = await self._ask(Priority.RESOLVE, 1, PRIVATE, "order", params, keys)
        except VenueError as error:
            if error.code in quirks.BINANCE_NOT_FOUND:
                return None
            raise
        found = words.order(answer)
        if found.client_id != client_id:
            raise VenueError("", f"asked for {client_id}, told of {found.client_id[:40]}")
        return found

    async def open_orders(self, keys: Credentials, symbol: str) -> tuple[VenueOrder, ...]:
        """List the working orders of a symbol."""
        params = {"symbol": await self._wire(symbol)}
        return words.orders(
            await self._ask(Priority.RESOLVE, 1, PRIVATE, "openOrders", params, keys)
        )

    async def all_orders(
        self, keys: Credentials, symbol: str, since: datetime
    ) -> tuple[VenueOrder, ...]:
        """List every order of a symbol since an instant.

        Raises:
            VenueError: no answer, or so many orders that the list is not whole.
        """
        start = int(since.timestamp() * 1000) - SINCE_MARGIN_MS
        params = {"symbol": await self._wire(symbol), "startTime": start, "limit": MAX_ROWS}
        answer = await self._ask(Priority.RESOLVE, 5, PRIVATE, "allOrders", params, keys)
        listed = words.orders(answer)
        if len(listed) >= MAX_ROWS:
            raise VenueError("", f"{MAX_ROWS} orders or more since {since.isoformat()}")
        return listed

    async def own_trades(
        self, keys: Credentials, symbol: str, venue_order_id: str, *, closing: bool
    ) -> tuple[VenueTrade, ...]:
        """List the trades of one order."""
        wire = await self._wire(symbol)
        params = {"symbol": wire, "orderId": venue_order_id, "limit": MAX_ROWS}
        priority = Priority.RESOLVE if closing else Priority.TRADES
        answer = await self._ask(priority, 5, PRIVATE, "userTrades", params, keys)
        found = [row for row in words.trades(answer) if row.venue_order_id == venue_order_id]
        assets = {row.fee_asset for row in found}
        prices = {asset: await self._usdt(asset, priority) for asset in assets}
        return tuple(
            VenueTrade(
                venue_trade_id=row.venue_trade_id,
                venue_order_id=row.venue_order_id,
                symbol=symbol,
                side=row.side,
                quantity=row.quantity,
                price=row.price,
                fee=row.fee,
                fee_asset=row.fee_asset,
                fee_usdt=row.fee * prices[row.fee_asset],
                fee_is_estimated=row.fee_asset != "USDT",
                traded_at=row.traded_at,
            )
            for row in found
        )

    async def position(self, keys: Credentials, symbol: str) -> Decimal:
        """Return the signed quantity held: above zero is long."""
        wire = await self._wire(symbol)
        answer = await self._ask(
            Priority.CLOSE, 5, PRIVATE_V3, "positionRisk", {"symbol": wire}, keys
        )
        return words.position(answer, wire)

    async def positions(self, keys: Credentials) -> tuple[VenuePosition, ...]:
        """List the positions that are not flat."""
        await self._list_symbols()
        answer = await self._ask(Priority.SYNC, 5, PRIVATE_V3, "positionRisk", {}, keys)
        return words.positions(answer, {wire: ours for ours, wire in self._ours.items()})

    async def balances(self, keys: Credentials) -> Balances:
        """Read the account's money."""
        return words.balances(await self._ask(Priority.SYNC, 5, PRIVATE_V3, "account", {}, keys))

    async def venue_time_ms(self) -> int:
        """Read the venue's clock."""
        return words.server_time(await self._ask(Priority.RESOLVE, 1, PUBLIC, "time", {}, None))

    async def ensure_one_way(self, keys: Credentials) -> None:
        """Have one position per symbol, not two."""
        path = "positionSide/dual"
        answer = await self._ask(Priority.SYNC, 30, PRIVATE, path, {}, keys)
        if words.flag(answer, "dualSidePosition"):
            await self._set(path, {"dualSidePosition": "false"}, keys)

    async def ensure_leverage(self, keys: Credentials, symbol: str, leverage: int) -> None:
        """Have shared margin and this leverage on a symbol."""
        wire = await self._wire(symbol)
        await self._set("marginType", {"symbol": wire, "marginType": "CROSSED"}, keys)
        await self._set("leverage", {"symbol": wire, "leverage": leverage}, keys)

    async def rights(self, keys: Credentials) -> Rights:
        """Read what the key may do."""
        answer = await self._ask(Priority.SYNC, 1, "sapi", "account/apiRestrictions", {}, keys)
        return Rights(
            may_trade=words.flag(answer, "enableFutures"),
            may_withdraw=words.flag(answer, "enableWithdrawals"),
        )

    async def close(self) -> None:
        """Let go of connections."""
        await self._rest.shut()

    async def _set(self, path: str, params: Mapping[str, object], keys: Credentials) -> None:
        try:
            await self._ask(Priority.OPEN, 1, PRIVATE, path, params, keys, "POST")
        except VenueError as error:
            if error.code not in quirks.BINANCE_ALREADY_SO:
                raise

    async def _ask(  # noqa: PLR0917 - a request is this many things
        self,
        priority: Priority,
        weight: int,
        access: str,
        path: str,
        params: Mapping[str, object],
        keys: Credentials | None,
        method: str = "GET",
    ) -> object:
        await self._limiter.admit(priority, weight)
        signed = {"recvWindow": self.quirks.window_ms} if keys is not None else {}
        try:
            return await self._rest.call(access, method, path, {**params, **signed}, keys)
        except VenueError:
            raise
        except Exception as error:  # noqa: BLE001 - ccxt and aiohttp raise many kinds; none answers
            raise VenueError("", outcome.describe(error.__cause__ or error)) from None

    async def _wire(self, symbol: str) -> str:
        if symbol not in self._ours:
            await self._list_symbols()
        try:
            return self._ours[symbol]
        except KeyError:
            raise VenueError("", f"the venue does not list {symbol}") from None

    async def _list_symbols(self) -> None:
        async with self._listing:
            now = monotonic()
            if self._ours and now < self._listed_at + LISTING_EVERY_SECONDS:
                return
            answer = await self._ask(Priority.RESOLVE, 1, PUBLIC, "exchangeInfo", {}, None)
            limits = words.limits(answer)
            self._limiter.learn(limits.weight_per_minute, limits.orders_per_minute)
            self._ours = {ours: wire for wire, ours in words.symbols(answer).items()}
            self._listed_at = now

    async def _usdt(self, asset: str, priority: Priority) -> Decimal:
        if asset == "USDT":
            return Decimal(1)
        params = {"symbol": f"{asset}USDT"}
        return words.price(await self._ask(priority, 1, PUBLIC, "ticker/price", params, None))


def _order_params(wire: str, placement: Placement) -> dict[str, object]:
    params: dict[str, object] = {
        "symbol": wire,
        "side": placement.side.value,
        "type": placement.order_type.value,
        "quantity": format_amount(placement.quantity),
        "newClientOrderId": placement.client_id,
        "newOrderRespType": "RESULT",
        "timestamp": placement.signed_at_ms,
        "recvWindow": placement.window_ms,
    }
    if placement.order_type is OrderType.LIMIT and placement.price is not None:
        params |= {"price": format_amount(placement.price), "timeInForce": "GTC"}
    if placement.reduce_only:
        params["reduceOnly"] = "true"
    return params
