"""What does a closed trade cost and pay? Result, charge, pool and commissions as ledger requests.

Basis `trade`: the trade's net result, after fees and funding. Self cards pay first, then gift; the
rest is unpaid and is not collected. Gift burns; only the self part enters the pool (C-M6).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal, localcontext

from ironbull_core.exact import EXACT
from ironbull_core.facts import BrokenInvariantError
from ironbull_core.ledger import AccountRef, Book, LedgerKind, Leg, Request, TxnKind, Verdict
from ironbull_core.network import Network, Share, ShareKind, split
from ironbull_messages.amounts import to_minor
from ironbull_messages.ids import ExchangeAccountId, TradeId, UserId


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """One finished life of a position, with the billing that was frozen at its opening."""

    id: TradeId
    tenant: str
    user_id: UserId
    account_id: ExchangeAccountId
    gross_usdt: Decimal
    fees_usdt: Decimal
    share: Decimal
    platform_share_to_root: bool

    @property
    def net_usdt(self) -> Decimal:
        """Return the result after fees."""
        with localcontext(EXACT):
            return self.gross_usdt - self.fees_usdt


@dataclass(frozen=True, slots=True)
class Accounting:
    """What was charged and who was paid, in minor units."""

    charge: int
    paid_self: int
    paid_gift: int
    shares: tuple[Share, ...]

    @property
    def unpaid(self) -> int:
        """Return the rest that no card could pay."""
        return self.charge - self.paid_self - self.paid_gift


def charge(net_usdt: Decimal, share: Decimal) -> int:
    """Return the charge in minor units: a share of a profit, rounded up, nothing for a loss."""
    if net_usdt <= 0:
        return 0
    with localcontext(EXACT):
        return to_minor(net_usdt * share, ROUND_UP)


def accounts_of(trade: ClosedTrade, network: Network) -> tuple[AccountRef, ...]:
    """Return every ledger account that `account_for` may touch: what the shell locks."""
    tenant, user, venue = trade.tenant, str(trade.user_id), str(trade.account_id)
    owned = (
        AccountRef(tenant, LedgerKind.POINTS_SELF, user),
        AccountRef(tenant, LedgerKind.POINTS_GIFT, user),
        AccountRef(tenant, LedgerKind.VENUE_CASH, venue),
        AccountRef(tenant, LedgerKind.TRADING_RESULT, venue),
        AccountRef(tenant, LedgerKind.TRADING_FEE, venue),
    )
    common = (
        LedgerKind.PROFIT_POOL,
        LedgerKind.PLATFORM_INCOME,
        LedgerKind.BURNED_GIFT,
        LedgerKind.RESIDUE,
    )
    paid = {network.root_id, *(ancestor.user_id for ancestor in network.ancestors)}
    return (
        *owned,
        *(AccountRef(tenant, kind) for kind in common),
        *(AccountRef(tenant, LedgerKind.REWARDS, str(one)) for one in sorted(paid)),
    )


def account_for(trade: ClosedTrade, network: Network, book: Book) -> Accounting:
    """Post a closed trade: its result, the charge, the pool's parts.

    Args:
        trade: closed, all of its fills known.
        network: the tree above the user, at this moment.
        book: holds the accounts of `accounts_of`, locked.
    """
    _post(book, _result(trade))
    wanted = charge(trade.net_usdt, trade.share)
    if wanted == 0:
        return Accounting(0, 0, 0, ())
    user = str(trade.user_id)
    paid_self = min(wanted, book.balance(AccountRef(trade.tenant, LedgerKind.POINTS_SELF, user)))
    gift = AccountRef(trade.tenant, LedgerKind.POINTS_GIFT, user)
    paid_gift = min(wanted - paid_self, book.balance(gift))
    shares = split(paid_self, network)
    if paid_self + paid_gift > 0:
        _post(book, _charge(trade, paid_self, paid_gift))
    if shares:
        _post(book, _pool(trade, paid_self, shares, network.root_id))
    return Accounting(wanted, paid_self, paid_gift, shares)


def _post(book: Book, request: Request) -> None:
    verdict = book.post(request)
    if verdict not in {Verdict.POSTED, Verdict.EXISTS}:
        raise BrokenInvariantError(f"{request.kind.value} {request.cause}: {verdict.value}")


def _result(trade: ClosedTrade) -> Request:
    """Book the venue's cash: gross result and fees, each to its contra account."""
    gross = to_minor(trade.gross_usdt, ROUND_HALF_EVEN)
    fees = to_minor(trade.fees_usdt, ROUND_HALF_EVEN)
    venue = str(trade.account_id)
    legs = (
        Leg(AccountRef(trade.tenant, LedgerKind.VENUE_CASH, venue), gross - fees),
        Leg(AccountRef(trade.tenant, LedgerKind.TRADING_RESULT, venue), -gross),
        Leg(AccountRef(trade.tenant, LedgerKind.TRADING_FEE, venue), fees),
    )
    return Request(trade.tenant, TxnKind.TRADE_RESULT, str(trade.id), legs)


def _charge(trade: ClosedTrade, paid_self: int, paid_gift: int) -> Request:
    user = str(trade.user_id)
    legs = (
        Leg(AccountRef(trade.tenant, LedgerKind.POINTS_SELF, user), -paid_self),
        Leg(AccountRef(trade.tenant, LedgerKind.PROFIT_POOL), paid_self),
        Leg(AccountRef(trade.tenant, LedgerKind.POINTS_GIFT, user), -paid_gift),
        Leg(AccountRef(trade.tenant, LedgerKind.BURNED_GIFT), paid_gift),
    )
    return Request(trade.tenant, TxnKind.PROFIT_CHARGE, str(trade.id), legs)


def _pool(trade: ClosedTrade, pool: int, shares: tuple[Share, ...], root: UserId) -> Request:
    """Empty the pool into its parts; several parts of one receiver become one leg."""
    sums: dict[AccountRef, int] = {}
    for share in shares:
        receiver = _receiver(trade, share, root)
        sums[receiver] = sums.get(receiver, 0) + share.minor
    legs = (
        Leg(AccountRef(trade.tenant, LedgerKind.PROFIT_POOL), -pool),
        *(Leg(account, minor) for account, minor in sums.items()),
    )
    return Request(trade.tenant, TxnKind.POOL_SPLIT, str(trade.id), legs)


def _receiver(trade: ClosedTrade, share: Share, root: UserId) -> AccountRef:
    if share.kind is ShareKind.RESIDUE:
        return AccountRef(trade.tenant, LedgerKind.RESIDUE)
    if share.kind is ShareKind.PLATFORM_RETAIN:
        if trade.platform_share_to_root:
            return AccountRef(trade.tenant, LedgerKind.REWARDS, str(root))
        return AccountRef(trade.tenant, LedgerKind.PLATFORM_INCOME)
    return AccountRef(trade.tenant, LedgerKind.REWARDS, str(share.receiver))
