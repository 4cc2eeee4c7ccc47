"""What can happen on the exchange? Every record is one line of the journal.

The state of the exchange is a fold over these records, so what the journal holds is what is true.
Amounts are decimal strings, instants are milliseconds since the epoch: `at` is machine time,
`market_at` is market time.
"""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import ClassVar, TypeVar, get_args, get_type_hints

from ironbull_paper.matching.words import OrderType, PositionSide, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class Started:
    """The market was opened, or went on at another speed, or the process started again."""

    kind: ClassVar[str] = "started"
    at: int
    version: int
    seed: int
    start_index: int
    level_notional: Decimal
    market_start_ms: int
    machine_start_ms: int
    speed: Decimal


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """An account was made; its keys are in a file of their own."""

    kind: ClassVar[str] = "account"
    at: int
    account_id: int
    account: str
    permissions: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """Money came in (positive) or went out (negative)."""

    kind: ClassVar[str] = "transfer"
    at: int
    account_id: int
    account: str
    asset: str
    amount: Decimal
    wallet_balance: Decimal
    transaction_id: int


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """An order was accepted: from here on it exists, whatever the caller came to know."""

    kind: ClassVar[str] = "order"
    at: int
    market_at: int
    order_id: int
    account_id: int
    account: str
    symbol: str
    client_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal
    reduce_only: bool
    position_side: PositionSide


@dataclass(frozen=True, slots=True)
class Traded:
    """An order filled, in part or whole, at one price."""

    kind: ClassVar[str] = "trade"
    at: int
    market_at: int
    trade_id: int
    order_id: int
    account_id: int
    account: str
    symbol: str
    client_id: str
    side: Side
    position_side: PositionSide
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str
    realised_pnl: Decimal
    maker: bool
    position_quantity: Decimal
    position_cost: Decimal
    wallet_balance: Decimal
    fee_transaction_id: int
    pnl_transaction_id: int


@dataclass(frozen=True, slots=True)
class OrderEnded:
    """An order became FILLED, CANCELED or EXPIRED."""

    kind: ClassVar[str] = "order_end"
    at: int
    order_id: int
    account_id: int
    account: str
    symbol: str
    client_id: str
    status: str
    executed_quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """An order was refused and never existed."""

    kind: ClassVar[str] = "refusal"
    at: int
    account_id: int
    account: str
    symbol: str
    client_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """An account's leverage, margin type (both per symbol) or position mode was changed."""

    kind: ClassVar[str] = "setting"
    at: int
    account_id: int
    account: str
    symbol: str
    setting: str
    value: str


@dataclass(frozen=True, slots=True)
class FaultFired:
    """A fault struck a request."""

    kind: ClassVar[str] = "fault"
    at: int
    rule_id: int
    fault: str
    endpoint: str
    account: str
    client_id: str
    order_id: int


@dataclass(frozen=True, slots=True)
class FaultRuleSet:
    """A fault was ordered; `rule` is its JSON as the API shows it."""

    kind: ClassVar[str] = "fault_rule"
    at: int
    rule_id: int
    rule: str


@dataclass(frozen=True, slots=True)
class FaultRuleRemoved:
    """A fault was called off."""

    kind: ClassVar[str] = "fault_rule_removed"
    at: int
    rule_id: int


Record = (
    Started
    | AccountOpened
    | Transferred
    | OrderAccepted
    | Traded
    | OrderEnded
    | OrderRefused
    | SettingChanged
    | FaultFired
    | FaultRuleSet
    | FaultRuleRemoved
)
_R = TypeVar("_R")

KINDS: dict[str, type[Record]] = {record.kind: record for record in get_args(Record)}
_FIELDS = {record: tuple(f.name for f in fields(record)) for record in KINDS.values()}
_HINTS = {record: _hints for record in KINDS.values() for _hints in (get_type_hints(record),)}


def to_json(record: Record) -> dict[str, str | int | bool]:
    """Return the record's JSON object, its kind first."""
    found: dict[str, str | int | bool] = {"kind": record.kind}
    for name in _FIELDS[type(record)]:
        value = getattr(record, name)
        found[name] = format(value, "f") if isinstance(value, Decimal) else value
    return found


def from_json(found: dict[str, str | int | bool]) -> Record:
    """Return the record of a JSON object.

    Raises:
        ValueError: an unknown kind, a missing field or a value of the wrong type.
    """
    kind = KINDS.get(str(found.get("kind")))
    if kind is None:
        raise ValueError(f"unknown kind of record {found.get('kind')!r}")
    hints = _HINTS[kind]
    try:
        return kind(**{name: _value(hints[name], found[name]) for name in _FIELDS[kind]})
    except KeyError as missing:
        raise ValueError(f"a record of kind {kind.kind!r} lacks {missing}") from missing


def _value(wanted: type[_R], value: str | int) -> _R:
    if isinstance(value, bool) != (wanted is bool) or isinstance(value, int) != (
        wanted in {int, bool}
    ):
        raise ValueError(f"{value!r} is no {wanted.__name__}")
    return value if isinstance(value, wanted) else wanted(value)  # type: ignore[call-arg]  # str → Decimal, StrEnum
