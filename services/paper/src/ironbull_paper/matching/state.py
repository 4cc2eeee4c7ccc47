"""What is true on the exchange after all that happened?"""

from dataclasses import dataclass, field
from typing import assert_never

from ironbull_paper.market.clock import MarketClock
from ironbull_paper.matching.account import Account
from ironbull_paper.matching.orders import Order
from ironbull_paper.matching.position import Position
from ironbull_paper.matching.records import (
    AccountOpened,
    FaultFired,
    FaultRuleRemoved,
    FaultRuleSet,
    OrderAccepted,
    OrderEnded,
    OrderRefused,
    Record,
    SettingChanged,
    Started,
    Traded,
    Transferred,
)
from ironbull_paper.matching.words import MarginType, OrderStatus, Permission

FIRST_ORDER_ID = 1_000_000_001
FIRST_TRADE_ID = 500_000_001
FIRST_TRANSACTION_ID = 9_000_000_001


@dataclass(slots=True)
class ExchangeState:
    """Keep all accounts and counters; `apply` is the only way to change it."""

    started: Started | None = None
    accounts: dict[int, Account] = field(default_factory=dict)
    by_label: dict[str, Account] = field(default_factory=dict)
    resting: dict[str, dict[int, Order]] = field(default_factory=dict)
    next_order_id: int = FIRST_ORDER_ID
    next_trade_id: int = FIRST_TRADE_ID
    next_transaction_id: int = FIRST_TRANSACTION_ID
    last_at: int = 0

    @property
    def clock(self) -> MarketClock:
        """Return the clock of the market.

        Raises:
            LookupError: the market was never started.
        """
        if self.started is None:
            raise LookupError("the market was never started")
        return MarketClock(
            self.started.market_start_ms,
            self.started.machine_start_ms,
            float(self.started.speed),
        )

    def apply(self, record: Record) -> None:
        """Make true what a record says."""
        self.last_at = max(self.last_at, record.at)
        match record:
            case Started():
                self.started = record
            case AccountOpened():
                self._open_account(record)
            case Transferred():
                self._transfer(record)
            case OrderAccepted():
                self._accept(record)
            case Traded():
                self._trade(record)
            case OrderEnded():
                self._end(record)
            case SettingChanged():
                self._set(record)
            case OrderRefused() | FaultFired() | FaultRuleSet() | FaultRuleRemoved():
                pass
            case _:
                assert_never(record)

    def _open_account(self, record: AccountOpened) -> None:
        permissions = frozenset(Permission(word) for word in record.permissions.split())
        account = Account(record.account_id, record.account, permissions)
        self.accounts[record.account_id] = account
        self.by_label[record.account] = account

    def _transfer(self, record: Transferred) -> None:
        account = self.accounts[record.account_id]
        account.wallet = record.wallet_balance
        account.changes.append(record)
        self.next_transaction_id = max(self.next_transaction_id, record.transaction_id + 1)

    def _accept(self, record: OrderAccepted) -> None:
        account = self.accounts[record.account_id]
        order = Order(record)
        account.orders.setdefault(record.symbol, []).append(order)
        account.open_orders[record.order_id] = order
        account.by_order_id[record.order_id] = order
        account.by_client_id[record.client_id] = order
        self.resting.setdefault(record.symbol, {})[record.order_id] = order
        self.next_order_id = max(self.next_order_id, record.order_id + 1)

    def _trade(self, record: Traded) -> None:
        account = self.accounts[record.account_id]
        order = account.by_order_id[record.order_id]
        order.trades.append(record)
        order.executed += record.quantity
        key = (record.symbol, record.position_side)
        account.positions[key] = Position(record.position_quantity, record.position_cost)
        account.position_times[key] = record.at
        account.wallet = record.wallet_balance
        account.trades.setdefault(record.symbol, []).append(record)
        account.changes.append(record)
        self.next_trade_id = max(self.next_trade_id, record.trade_id + 1)
        self.next_transaction_id = max(self.next_transaction_id, record.pnl_transaction_id + 1)

    def _end(self, record: OrderEnded) -> None:
        account = self.accounts[record.account_id]
        order = account.open_orders.pop(record.order_id)
        del self.resting[record.symbol][record.order_id]
        order.end_status = OrderStatus(record.status)
        order.ended_at = record.at

    def _set(self, record: SettingChanged) -> None:
        account = self.accounts[record.account_id]
        match record.setting:
            case "leverage":
                account.leverages[record.symbol] = int(record.value)
            case "margin_type":
                account.margin_types[record.symbol] = MarginType(record.value)
            case "dual":
                account.is_dual = record.value == "true"
            case _:
                raise ValueError(f"unknown setting {record.setting!r}")
