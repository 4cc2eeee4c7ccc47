"""Which id does a thing have? Derived from its cause, so doing it twice makes the same.

| thing | derived from |
|---|---|
| signal | tenant, strategy, version, symbol, timeframe, candle close, action, leg |
| order | cause (a signal, a position's life and its trigger, a command), account, subscription,
leg, n |
| task | order, kind |
| client order id | task, attempt |
| ledger txn | tenant, kind, cause |
| dedicated engine | the shared engine, strategy |
"""

import base64
import hashlib
from datetime import datetime
from typing import Final, NewType
from uuid import UUID, uuid5

from ironbull_messages.base import format_instant

TenantId = NewType("TenantId", str)
StrategyName = NewType("StrategyName", str)
MemberToken = NewType("MemberToken", str)
UserId = NewType("UserId", UUID)
ExchangeAccountId = NewType("ExchangeAccountId", UUID)
SubscriptionId = NewType("SubscriptionId", UUID)
SignalId = NewType("SignalId", UUID)
OrderId = NewType("OrderId", UUID)
TaskId = NewType("TaskId", UUID)
PositionId = NewType("PositionId", UUID)
TradeId = NewType("TradeId", UUID)
TxnId = NewType("TxnId", UUID)
LedgerAccountId = NewType("LedgerAccountId", UUID)
MessageId = NewType("MessageId", UUID)

_NAMESPACE: Final = UUID("6f0b8a52-51b5-5c39-9e0b-1b0b1d0a1e57")
MAX_ATTEMPTS: Final = 3
CLIENT_ID_LENGTH: Final = 26
TOKEN_BYTES: Final = 10
_FIRST_LETTER: Final = "i"
SEPARATOR: Final = "\x1f"


def derive(kind: str, *causes: str) -> UUID:
    """Return the id of a thing of this kind with these causes; none may hold the separator."""
    for cause in causes:
        if SEPARATOR in cause:
            raise ValueError(f"a cause of {kind!r} holds the separator: {cause[:48]!r}")
    return uuid5(_NAMESPACE, SEPARATOR.join((kind, *causes)))


def signal_id(  # noqa: PLR0917 - the causes, in their documented order
    tenant: str,
    strategy: str,
    version: str,
    symbol: str,
    timeframe: str,
    close_at: datetime,
    action: str,
    leg: str,
) -> SignalId:
    """Return the id of the opinion a strategy holds at one candle's close."""
    causes = (tenant, strategy, version, symbol, timeframe, format_instant(close_at), action, leg)
    return SignalId(derive("signal", *causes))


def order_id(
    cause: str, account: ExchangeAccountId, subscription: SubscriptionId, leg: str, n: int
) -> OrderId:
    """Return the id of the n-th order of a cause; n + 1 exists only when n is terminal."""
    return OrderId(derive("order", cause, str(account), str(subscription), leg, str(n)))


def task_id(order: OrderId, kind: str) -> TaskId:
    """Return the id of the one task of this kind (`order`, `cancel`) that an order has."""
    return TaskId(derive("task", str(order), kind))


def position_id(
    account: ExchangeAccountId, symbol: str, leg: str, opened_by: OrderId, venue_trade_id: str
) -> PositionId:
    """Return the id of one life of a position: from flat to flat or flip.

    The trade is a cause too: an order whose late trade follows a close begins a second life.
    """
    return PositionId(derive("position", str(account), symbol, leg, str(opened_by), venue_trade_id))


def txn_id(tenant: str, kind: str, cause: str) -> TxnId:
    """Return the id of the one ledger transaction of this kind that a cause has."""
    return TxnId(derive("txn", tenant, kind, cause))


def ledger_account_id(tenant: str, kind: str, owner: str) -> LedgerAccountId:
    """Return the id of an owner's ledger account; `owner` is empty for a tenant's own."""
    return LedgerAccountId(derive("ledger-account", tenant, kind, owner))


def client_order_id(task: TaskId, attempt: int) -> str:
    """Return the client order id: 26 lower-case base32 characters, the first a letter but *t*.

    It fits every venue of the capability matrix (okx: 1–32 alphanumeric; gate adds its own `t-`).

    Raises:
        ValueError: the attempt is not in 1…`MAX_ATTEMPTS`.
    """
    if not 1 <= attempt <= MAX_ATTEMPTS:
        raise ValueError(f"attempt must be 1 to {MAX_ATTEMPTS}, not {attempt}")
    digest = hashlib.sha256(f"client-order{SEPARATOR}{task}{SEPARATOR}{attempt}".encode()).digest()
    return _FIRST_LETTER + base64.b32encode(digest).decode().lower()[: CLIENT_ID_LENGTH - 1]


def dedicated_engine_token(tenants: str, strategy: str) -> str:
    """Return the id of the engine that runs one strategy alone.

    Args:
        tenants: the token of the tenant's shared engine.
    """
    digest = hashlib.sha256(f"ironbull-engine-1|{tenants}|{strategy}".encode()).digest()
    return base64.b32encode(digest[:TOKEN_BYTES]).decode().lower()
