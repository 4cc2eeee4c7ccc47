"""Which records does a sequence of fills of one account make?"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ironbull_paper.matching.account import Account, PositionKey
from ironbull_paper.matching.matching import Match
from ironbull_paper.matching.position import MONEY_QUANTUM, Position, closing_quantity, fill
from ironbull_paper.matching.records import OrderAccepted, OrderEnded, Record, Traded
from ironbull_paper.matching.state import ExchangeState
from ironbull_paper.matching.words import OrderStatus, PositionSide

MAKER_FEE = Decimal("0.0002")
TAKER_FEE = Decimal("0.0004")
FEE_ASSET = "USDT"


@dataclass(frozen=True, slots=True)
class Moment:
    """Hold one instant on both clocks, in milliseconds since the epoch."""

    at: int
    market_at: int


class Bookkeeper:
    """Write the trades of one account one after the other, without touching the state."""

    def __init__(self, state: ExchangeState, account: Account, moment: Moment) -> None:
        self.records: list[Record] = []
        self._account = account
        self._moment = moment
        self._wallet = account.wallet
        self._positions: dict[PositionKey, Position] = {}
        self._trade_id = state.next_trade_id
        self._transaction_id = state.next_transaction_id

    def position(self, symbol: str, side: PositionSide) -> Position:
        """Return a position after the trades written so far."""
        written = self._positions.get((symbol, side))
        return self._account.position(symbol, side) if written is None else written

    def trade(self, order: OrderAccepted, match: Match, *, maker: bool) -> None:
        """Write one trade of an order."""
        key = (order.symbol, order.position_side)
        signed = match.quantity * order.side.sign
        outcome = fill(self.position(*key), signed, match.price)
        quote = match.price * match.quantity
        rate = MAKER_FEE if maker else TAKER_FEE
        fee = (quote * rate).quantize(MONEY_QUANTUM, rounding=ROUND_HALF_UP)
        self._positions[key] = outcome.position
        self._wallet += outcome.realised - fee
        self.records.append(
            Traded(
                at=self._moment.at,
                market_at=self._moment.market_at,
                trade_id=self._trade_id,
                order_id=order.order_id,
                account_id=order.account_id,
                account=order.account,
                symbol=order.symbol,
                client_id=order.client_id,
                side=order.side,
                position_side=order.position_side,
                price=match.price,
                quantity=match.quantity,
                quote_quantity=quote,
                fee=fee,
                fee_asset=FEE_ASSET,
                realised_pnl=outcome.realised,
                maker=maker,
                position_quantity=outcome.position.quantity,
                position_cost=outcome.position.cost,
                wallet_balance=self._wallet,
                fee_transaction_id=self._transaction_id,
                pnl_transaction_id=self._transaction_id + 1,
            ),
        )
        self._trade_id += 1
        self._transaction_id += 2

    def end(self, order: OrderAccepted, status: OrderStatus, executed: Decimal) -> None:
        """Write the end of an order."""
        self.records.append(
            OrderEnded(
                at=self._moment.at,
                order_id=order.order_id,
                account_id=order.account_id,
                account=order.account,
                symbol=order.symbol,
                client_id=order.client_id,
                status=status,
                executed_quantity=executed,
            ),
        )

    def expire_orphans(self, order: OrderAccepted) -> None:
        """End the resting reduce-only orders that an order's trades left without a position."""
        ended = {record.order_id for record in self.records if isinstance(record, OrderEnded)}
        for other in self._account.open_in(order.symbol):
            accepted = other.accepted
            position = self.position(order.symbol, accepted.position_side)
            if (
                accepted.reduce_only
                and accepted.order_id not in ended | {order.order_id}
                and not closing_quantity(position, accepted.side.sign)
            ):
                self.end(accepted, OrderStatus.EXPIRED, other.executed)
