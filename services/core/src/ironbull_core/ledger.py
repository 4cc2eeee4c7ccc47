"""How does money move? Only as a balanced transaction, folded in order over locked accounts.

The fold is pure: a shell locks and reads the accounts, `Book` decides one request after the other,
the shell writes what `Book` has collected, once. A lost update cannot commit: an entry's key is
(account, version).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ironbull_core.facts import BrokenInvariantError
from ironbull_messages.amounts import MAX_MINOR
from ironbull_messages.ids import LedgerAccountId, TxnId, ledger_account_id, txn_id


class LedgerKind(StrEnum):
    """The kinds of ledger account; `owner` is empty, a user's or an exchange account's id."""

    ISSUED_POINTS = "issued_points"
    STOCK_SELF = "stock_self"
    STOCK_GIFT = "stock_gift"
    POINTS_SELF = "points_self"
    POINTS_GIFT = "points_gift"
    PROFIT_POOL = "profit_pool"
    REWARDS = "rewards"
    PLATFORM_INCOME = "platform_income"
    UNDISTRIBUTED = "undistributed"
    BURNED_GIFT = "burned_gift"
    RESIDUE = "residue"
    VENUE_CASH = "venue_cash"
    TRADING_RESULT = "trading_result"
    TRADING_FEE = "trading_fee"
    DEPOSITS = "deposits"


FLOOR_ZERO = frozenset(
    {
        LedgerKind.STOCK_SELF,
        LedgerKind.STOCK_GIFT,
        LedgerKind.POINTS_SELF,
        LedgerKind.POINTS_GIFT,
        LedgerKind.PROFIT_POOL,
        LedgerKind.REWARDS,
    }
)
"""Kinds that may not go below zero; the others are contra accounts or follow the venue."""


class TxnKind(StrEnum):
    """Why money moved."""

    STOCK_UP = "stock_up"
    RECHARGE = "recharge"
    OPENING_BALANCE = "opening_balance"
    TRADE_RESULT = "trade_result"
    PROFIT_CHARGE = "profit_charge"
    POOL_SPLIT = "pool_split"


@dataclass(frozen=True, slots=True)
class AccountRef:
    """A ledger account by what it is."""

    tenant: str
    kind: LedgerKind
    owner: str = ""

    @property
    def id(self) -> LedgerAccountId:
        """Return its derived id."""
        return ledger_account_id(self.tenant, self.kind, self.owner)

    @property
    def floor(self) -> int | None:
        """Return the least balance; None: none."""
        return 0 if self.kind in FLOOR_ZERO else None


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a transaction: minor units onto an account, negative takes away."""

    account: AccountRef
    minor: int


@dataclass(frozen=True, slots=True)
class Request:
    """A transaction that is asked for; `cause` makes it happen once for ever."""

    tenant: str
    kind: TxnKind
    cause: str
    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        """Refuse an unbalanced transaction, one across tenants, one that names an account twice."""
        balance = sum(leg.minor for leg in self.legs)
        if balance != 0:
            raise BrokenInvariantError(f"unbalanced {self.kind.value!r} {self.cause}: {balance}")
        if any(leg.account.tenant != self.tenant for leg in self.legs):
            raise BrokenInvariantError(f"{self.kind.value!r} {self.cause} crosses tenants")
        if len({leg.account for leg in self.legs}) != len(self.legs):
            raise BrokenInvariantError(f"{self.kind.value!r} {self.cause} names an account twice")

    @property
    def id(self) -> TxnId:
        """Return its derived id."""
        return txn_id(self.tenant, self.kind, self.cause)

    @property
    def body(self) -> str:
        """Return what the request moves, as text: the same cause must always ask for the same."""
        rows = sorted(f"{leg.account.kind}:{leg.account.owner}:{leg.minor}" for leg in self.legs)
        return ";".join(rows)


class Verdict(StrEnum):
    """What became of a request."""

    POSTED = "posted"
    EXISTS = "exists"
    INSUFFICIENT = "insufficient"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class State:
    """A locked account as it was read."""

    balance: int
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal."""

    account: AccountRef
    version: int
    txn_id: TxnId
    minor: int
    balance_after: int


class Book:
    """The locked accounts of one batch while requests are folded over them."""

    def __init__(self, states: Mapping[LedgerAccountId, State], known: Mapping[TxnId, str]) -> None:
        """Take what was read under the locks.

        Args:
            states: of every account that a request may name; one that is missing is new.
            known: transactions that exist already, with their bodies.
        """
        self._states = dict(states)
        self._known = dict(known)
        self.requests: list[Request] = []
        self.entries: list[Entry] = []

    def balance(self, account: AccountRef) -> int:
        """Return an account's balance, all posted requests included."""
        return self._state(account).balance

    def post(self, request: Request) -> Verdict:
        """Fold one request; whatever is not `posted` changes nothing."""
        body = self._known.get(request.id)
        if body is not None:
            return Verdict.EXISTS if body == request.body else Verdict.MISMATCH
        if any(self._breaks(leg) for leg in request.legs):
            return Verdict.INSUFFICIENT
        self._known[request.id] = request.body
        self.requests.append(request)
        for leg in request.legs:
            if leg.minor != 0:
                self._move(leg, request.id)
        return Verdict.POSTED

    def _state(self, account: AccountRef) -> State:
        return self._states.get(account.id, State(0, 0))

    def _breaks(self, leg: Leg) -> bool:
        after = self._state(leg.account).balance + leg.minor
        floor = leg.account.floor
        return abs(after) > MAX_MINOR or (leg.minor < 0 and floor is not None and after < floor)

    def _move(self, leg: Leg, txn: TxnId) -> None:
        before = self._state(leg.account)
        after = State(before.balance + leg.minor, before.version + 1)
        self._states[leg.account.id] = after
        self.entries.append(Entry(leg.account, after.version, txn, leg.minor, after.balance))
