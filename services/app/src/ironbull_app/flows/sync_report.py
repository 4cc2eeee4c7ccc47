"""What did a member read at the venue? Balances, positions, and whether a new account works.

A failed or empty reading closes nothing (C-S2): positions are compared only where a reading
succeeded, and a difference counts once two readings in a row agree on it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from ironbull_app.ports.sync import BeginSync, Difference, OwnPosition
from ironbull_core.ledger import AccountRef, LedgerKind, Request, TxnKind
from ironbull_core.ledger import Leg as LedgerLeg
from ironbull_messages.amounts import to_minor
from ironbull_messages.fleet import Accepted, AccountReport, HeldAccount, SyncReport
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import Leg

PENDING = "pending_check"


async def record(
    begin: BeginSync, who: MemberSubject, report: SyncReport, now: datetime
) -> Accepted:
    """Keep a member's readings of the accounts that it leases; others are left out."""
    if report.token != who.token:
        return Accepted(accepted=False, why=f"the report of {who.token} names another token")
    held = [HeldAccount(account_id=one.account_id, epoch=one.epoch) for one in report.accounts]
    async with begin() as store:
        leased = await store.leased(who, held)
        known = [one for one in report.accounts if one.account_id in leased]
        good = [one for one in known if not one.failed]
        for one in known:
            if one.failed:
                is_pending = leased[one.account_id].state == PENDING
                is_final = is_pending and one.venue_code is not None
                await store.keep_failure(who.tenant, one, is_final=is_final)
        for one in good:
            await store.keep_reading(who.tenant, one)
        ids = [one.account_id for one in good]
        own = await store.own_positions(who.tenant, ids, now)
        differences = compare(good, own)
        await store.keep_differences(who.tenant, ids, differences, now)
        await store.trust(who.tenant, agreed(ids, own, differences), now)
        opening = [
            opening_deposit(who.tenant, one.account_id, one.wallet_usdt)
            for one in good
            if one.wallet_usdt and not leased[one.account_id].was_read
        ]
        await store.post(opening, now)
    return Accepted(accepted=True)


def compare(reports: Sequence[AccountReport], own: Sequence[OwnPosition]) -> list[Difference]:
    """Return where the readings and our positions disagree, instruments at rest only."""
    ours = {(one.account_id, one.symbol): _signed(one.leg, one.quantity) for one in own}
    moving = {(one.account_id, one.symbol) for one in own if one.is_moving}
    theirs = {
        (report.account_id, one.symbol): _signed(one.leg, one.quantity)
        for report in reports
        for one in report.positions
    }
    pairs = (
        (key, ours.get(key, Decimal(0)), theirs.get(key, Decimal(0)))
        for key in sorted(ours.keys() | theirs.keys())
        if key not in moving
    )
    return [Difference(*key, mine, told) for key, mine, told in pairs if mine != told]


def agreed(
    accounts: Sequence[ExchangeAccountId],
    own: Sequence[OwnPosition],
    differences: Sequence[Difference],
) -> list[ExchangeAccountId]:
    """Return the accounts that are wholly at rest and found as we believe them."""
    disputed = {one.account_id for one in differences}
    disputed |= {one.account_id for one in own if one.is_moving}
    return [one for one in accounts if one not in disputed]


def opening_deposit(tenant: str, account_id: ExchangeAccountId, wallet: Decimal) -> Request:
    """Return the transaction that books what lay at the venue before we began."""
    minor = to_minor(wallet, ROUND_HALF_EVEN)
    venue = str(account_id)
    legs = (
        LedgerLeg(AccountRef(tenant, LedgerKind.VENUE_CASH, venue), minor),
        LedgerLeg(AccountRef(tenant, LedgerKind.DEPOSITS, venue), -minor),
    )
    return Request(tenant, TxnKind.OPENING_BALANCE, venue, legs)


def _signed(leg: Leg | None, quantity: Decimal) -> Decimal:
    return -quantity if leg is Leg.SHORT else quantity
