"""How do point cards and opening balances enter the ledger?

Rules: first-system §3.1; C-A3, C-M1.
"""

from ironbull_core.facts import BrokenInvariantError
from ironbull_core.ledger import AccountRef, LedgerKind, Leg, Request, TxnKind
from ironbull_messages.ids import ExchangeAccountId, UserId
from ironbull_messages.words import PointKind

_STOCK = {PointKind.SELF: LedgerKind.STOCK_SELF, PointKind.GIFT: LedgerKind.STOCK_GIFT}
_POINTS = {PointKind.SELF: LedgerKind.POINTS_SELF, PointKind.GIFT: LedgerKind.POINTS_GIFT}


def stock(tenant: str, kind: PointKind) -> AccountRef:
    """Return the tenant's stock of one kind of card."""
    return AccountRef(tenant, _STOCK[kind])


def held(tenant: str, user: UserId, kind: PointKind) -> AccountRef:
    """Return a user's cards of one kind."""
    return AccountRef(tenant, _POINTS[kind], str(user))


def stock_up(tenant: str, kind: PointKind, minor: int, cause: str) -> Request:
    """Move cards from the platform into a tenant's stock."""
    legs = (
        Leg(AccountRef(tenant, LedgerKind.ISSUED_POINTS), -_above_zero(minor)),
        Leg(stock(tenant, kind), minor),
    )
    return Request(tenant, TxnKind.STOCK_UP, cause, legs)


def recharge(tenant: str, user: UserId, kind: PointKind, minor: int, cause: str) -> Request:
    """Move cards from a tenant's stock to a user, of the same kind."""
    minor = _above_zero(minor)
    legs = (Leg(stock(tenant, kind), -minor), Leg(held(tenant, user, kind), minor))
    return Request(tenant, TxnKind.RECHARGE, cause, legs)


def opening_balance(tenant: str, account: ExchangeAccountId, minor: int) -> Request:
    """Book what lies on an exchange account when it is first read."""
    legs = (
        Leg(AccountRef(tenant, LedgerKind.DEPOSITS, str(account)), -minor),
        Leg(AccountRef(tenant, LedgerKind.VENUE_CASH, str(account)), minor),
    )
    return Request(tenant, TxnKind.OPENING_BALANCE, str(account), legs)


def _above_zero(minor: int) -> int:
    """Refuse a movement that would go the other way; the door has refused it before."""
    if minor <= 0:
        raise BrokenInvariantError(f"cards move by more than zero, not by {minor}")
    return minor
