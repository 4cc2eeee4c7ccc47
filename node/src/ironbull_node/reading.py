"""What does an account look like at its venue? Money and positions, or why they cannot be read."""

from typing import Final

from ironbull_kit.clocks import machine_now
from ironbull_messages.fleet import AccountReport, Credentials
from ironbull_messages.ids import ExchangeAccountId
from ironbull_node.venue.port import Venue, VenueError

MAX_WHY: Final = 200
WITHDRAWAL_ALLOWED: Final = "the key may withdraw: make one that may only trade"
WITHDRAWAL_CODE: Final = "KEY_MAY_WITHDRAW"
TRADE_FORBIDDEN: Final = "the key may not trade futures"
TRADE_CODE: Final = "KEY_MAY_NOT_TRADE"


async def read(
    venue: Venue, account_id: ExchangeAccountId, epoch: int, keys: Credentials
) -> AccountReport:
    """Read an account; a failure is a report too and says nothing of money."""
    try:
        balances = await venue.balances(keys)
        positions = await venue.positions(keys)
    except VenueError as error:
        return failed(venue, account_id, epoch, error)
    return AccountReport(
        account_id=account_id,
        epoch=epoch,
        read_at=machine_now(),
        wallet_usdt=balances.wallet_usdt,
        equity_usdt=balances.equity_usdt,
        available_usdt=balances.available_usdt,
        positions=positions,
    )


async def check_rights(
    venue: Venue, account_id: ExchangeAccountId, epoch: int, keys: Credentials
) -> AccountReport | None:
    """Return why a key must not be used; None: it may trade and nothing more."""
    try:
        rights = await venue.rights(keys)
    except VenueError as error:
        return failed(venue, account_id, epoch, error)
    if not rights.may_trade:
        return _failed(account_id, epoch, TRADE_FORBIDDEN, TRADE_CODE)
    if rights.may_withdraw:
        return _failed(account_id, epoch, WITHDRAWAL_ALLOWED, WITHDRAWAL_CODE)
    return None


def failed(
    venue: Venue, account_id: ExchangeAccountId, epoch: int, error: VenueError
) -> AccountReport:
    """Report a reading that failed; a code is told only when it is about the key and stays."""
    is_final = error.code in venue.quirks.key_codes
    return _failed(account_id, epoch, str(error), error.code if is_final else None)


def _failed(account_id: ExchangeAccountId, epoch: int, why: str, code: str | None) -> AccountReport:
    return AccountReport(
        account_id=account_id,
        epoch=epoch,
        read_at=machine_now(),
        failed=why[:MAX_WHY] or "no answer",
        venue_code=code,
    )
